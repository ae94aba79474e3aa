/** PersistentVolumes, claims and the storage.k8s.io group. See `schema-language.ts` for how to read it. */
export const storageTypes = `
PersistentVolume: spec#2:PersistentVolumeSpec status#3:PersistentVolumeStatus
PersistentVolumeClaim: spec#2:PersistentVolumeClaimSpec status#3:PersistentVolumeClaimStatus
StorageClass: allowVolumeExpansion#6*:bool allowedTopologies#8:TopologySelectorTerm[] mountOptions#5:string[] parameters#3:string{} provisioner!#2
  reclaimPolicy#4*:string=Delete volumeBindingMode#7*:string=Immediate
VolumeAttributesClass: driverName!#2 parameters#3:string{}
CSIDriver: spec!#2:CSIDriverSpec
CSINode: spec!#2:CSINodeSpec
VolumeAttachment: spec!#2:VolumeAttachmentSpec status#3:VolumeAttachmentStatus
PersistentVolumeSpec: accessModes#3:string[] awsElasticBlockStore#2.2:AWSElasticBlockStoreVolumeSource azureDisk#2.16:AzureDiskVolumeSource
  azureFile#2.13:AzureFilePersistentVolumeSource capacity#1:quantity{} cephfs#2.9:CephFSPersistentVolumeSource
  cinder#2.8:CinderPersistentVolumeSource claimRef#4:ObjectReference csi#2.22:CSIPersistentVolumeSource fc#2.10:FCVolumeSource
  flexVolume#2.12:FlexPersistentVolumeSource flocker#2.11:FlockerVolumeSource gcePersistentDisk#2.1:GCEPersistentDiskVolumeSource
  glusterfs#2.4:GlusterfsPersistentVolumeSource hostPath#2.3:HostPathVolumeSource iscsi#2.7:ISCSIPersistentVolumeSource local#2.20:LocalVolumeSource
  mountOptions#7:string[] nfs#2.5:NFSVolumeSource nodeAffinity#9:VolumeNodeAffinity persistentVolumeReclaimPolicy#5:string=Retain
  photonPersistentDisk#2.17:PhotonPersistentDiskVolumeSource portworxVolume#2.18:PortworxVolumeSource quobyte#2.15:QuobyteVolumeSource
  rbd#2.6:RBDPersistentVolumeSource scaleIO#2.19:ScaleIOPersistentVolumeSource storageClassName#6 storageos#2.21:StorageOSPersistentVolumeSource
  volumeAttributesClassName#10* volumeMode#8*:string=Filesystem vsphereVolume#2.14:VsphereVirtualDiskVolumeSource
PersistentVolumeStatus: lastPhaseTransitionTime#4:time message#2 phase#1 reason#3
PersistentVolumeClaimStatus: accessModes#2:string[] allocatedResourceStatuses#7:string{} allocatedResources#5:quantity{} capacity#3:quantity{}
  conditions#4:PersistentVolumeClaimCondition[type] currentVolumeAttributesClassName#8* modifyVolumeStatus#9:ModifyVolumeStatus phase#1
TopologySelectorTerm*: matchLabelExpressions#1:TopologySelectorLabelRequirement[]
CSIDriverSpec: attachRequired#1*:bool=true fsGroupPolicy#5*:string=ReadWriteOnceWithFSType nodeAllocatableUpdatePeriodSeconds#9*:int64
  podInfoOnMount#2*:bool=false preventPodSchedulingIfMissing#11*:bool requiresRepublish#7*:bool=false seLinuxMount#8*:bool=false
  serviceAccountTokenInSecrets#10*:bool storageCapacity#4*:bool=false tokenRequests#6:CSITokenRequest[] volumeLifecycleModes#3:string[!=]
CSINodeSpec: drivers!#1:CSINodeDriver[name]
VolumeAttachmentSpec: attacher!#1 nodeName!#3 source!#2:VolumeAttachmentSource
VolumeAttachmentStatus: attachError#3:VolumeError attached#1:bool attachmentMetadata#2:string{} detachError#4:VolumeError
AzureFilePersistentVolumeSource: readOnly#3:bool secretName!#1 secretNamespace#4* shareName!#2
CephFSPersistentVolumeSource: monitors!#1:string[] path#2 readOnly#6:bool secretFile#4 secretRef#5:SecretReference user#3
CinderPersistentVolumeSource: fsType#2 readOnly#3:bool secretRef#4:SecretReference volumeID!#1
ObjectReference*: apiVersion#5 fieldPath#7 kind#1 name#3 namespace#2 resourceVersion#6 uid#4
CSIPersistentVolumeSource: controllerExpandSecretRef#9:SecretReference controllerPublishSecretRef#6:SecretReference driver!#1 fsType#4
  nodeExpandSecretRef#10:SecretReference nodePublishSecretRef#8:SecretReference nodeStageSecretRef#7:SecretReference readOnly#3:bool
  volumeAttributes#5:string{} volumeHandle!#2
FlexPersistentVolumeSource: driver!#1 fsType#2 options#5:string{} readOnly#4:bool secretRef#3:SecretReference
GlusterfsPersistentVolumeSource: endpoints!#1 endpointsNamespace#4* path!#2 readOnly#3:bool
ISCSIPersistentVolumeSource: chapAuthDiscovery#8:bool chapAuthSession#11:bool fsType#5 initiatorName#12* iqn!#2 iscsiInterface#4 lun!#3:int
  portals#7:string[] readOnly#6:bool secretRef#10:SecretReference targetPortal!#1
LocalVolumeSource: fsType#2* path!#1
VolumeNodeAffinity: required#1:NodeSelector
RBDPersistentVolumeSource: fsType#3 image!#2 keyring#6 monitors!#1:string[] pool#4 readOnly#8:bool secretRef#7:SecretReference user#5
ScaleIOPersistentVolumeSource: fsType#9 gateway!#1 protectionDomain#5 readOnly#10:bool secretRef!#3:SecretReference sslEnabled#4:bool storageMode#7
  storagePool#6 system!#2 volumeName#8
StorageOSPersistentVolumeSource: fsType#3 readOnly#4:bool secretRef#5:ObjectReference volumeName#1 volumeNamespace#2
PersistentVolumeClaimCondition: lastProbeTime#3:time lastTransitionTime#4:time message#6 reason#5 status#2 type#1
ModifyVolumeStatus: status#2 targetVolumeAttributesClassName#1
TopologySelectorLabelRequirement: key!#1 values!#2:string[]
CSITokenRequest: audience!#1 expirationSeconds#2*:int64
CSINodeDriver: allocatable#4:VolumeNodeResources name!#1 nodeID!#2 topologyKeys#3:string[]
VolumeAttachmentSource: inlineVolumeSpec#2:PersistentVolumeSpec persistentVolumeName#1*
VolumeError: errorCode#3*:int message#2 time#1:time
SecretReference*: name#1 namespace#2
VolumeNodeResources: count#1*:int
`
