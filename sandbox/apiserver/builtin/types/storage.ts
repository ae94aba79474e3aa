/** PersistentVolumes, claims and the storage.k8s.io group. See `schema-language.ts` for how to read it. */
export const storageTypes = `
PersistentVolume: spec:PersistentVolumeSpec status:PersistentVolumeStatus
PersistentVolumeClaim: spec:PersistentVolumeClaimSpec status:PersistentVolumeClaimStatus
StorageClass: allowVolumeExpansion:bool allowedTopologies:TopologySelectorTerm[] mountOptions:string[] parameters:string{} provisioner!
  reclaimPolicy:string=Delete volumeBindingMode:string=Immediate
VolumeAttributesClass: driverName! parameters:string{}
CSIDriver: spec!:CSIDriverSpec
CSINode: spec!:CSINodeSpec
VolumeAttachment: spec!:VolumeAttachmentSpec status:VolumeAttachmentStatus
PersistentVolumeSpec: accessModes:string[] awsElasticBlockStore:AWSElasticBlockStoreVolumeSource azureDisk:AzureDiskVolumeSource
  azureFile:AzureFilePersistentVolumeSource capacity:quantity{} cephfs:CephFSPersistentVolumeSource cinder:CinderPersistentVolumeSource
  claimRef:ObjectReference csi:CSIPersistentVolumeSource fc:FCVolumeSource flexVolume:FlexPersistentVolumeSource flocker:FlockerVolumeSource
  gcePersistentDisk:GCEPersistentDiskVolumeSource glusterfs:GlusterfsPersistentVolumeSource hostPath:HostPathVolumeSource
  iscsi:ISCSIPersistentVolumeSource local:LocalVolumeSource mountOptions:string[] nfs:NFSVolumeSource nodeAffinity:VolumeNodeAffinity
  persistentVolumeReclaimPolicy:string=Retain photonPersistentDisk:PhotonPersistentDiskVolumeSource portworxVolume:PortworxVolumeSource
  quobyte:QuobyteVolumeSource rbd:RBDPersistentVolumeSource scaleIO:ScaleIOPersistentVolumeSource storageClassName
  storageos:StorageOSPersistentVolumeSource volumeAttributesClassName volumeMode:string=Filesystem vsphereVolume:VsphereVirtualDiskVolumeSource
PersistentVolumeStatus: lastPhaseTransitionTime:time message phase reason
PersistentVolumeClaimStatus: accessModes:string[] allocatedResourceStatuses:string{} allocatedResources:quantity{} capacity:quantity{}
  conditions:PersistentVolumeClaimCondition[type] currentVolumeAttributesClassName modifyVolumeStatus:ModifyVolumeStatus phase
TopologySelectorTerm*: matchLabelExpressions:TopologySelectorLabelRequirement[]
CSIDriverSpec: attachRequired:bool=true fsGroupPolicy:string=ReadWriteOnceWithFSType nodeAllocatableUpdatePeriodSeconds:int64
  podInfoOnMount:bool=false preventPodSchedulingIfMissing:bool requiresRepublish:bool=false seLinuxMount:bool=false
  serviceAccountTokenInSecrets:bool storageCapacity:bool=false tokenRequests:CSITokenRequest[] volumeLifecycleModes:string[!=]
CSINodeSpec: drivers!:CSINodeDriver[name]
VolumeAttachmentSpec: attacher! nodeName! source!:VolumeAttachmentSource
VolumeAttachmentStatus: attachError:VolumeError attached:bool attachmentMetadata:string{} detachError:VolumeError
AzureFilePersistentVolumeSource: readOnly:bool secretName! secretNamespace shareName!
CephFSPersistentVolumeSource: monitors!:string[] path readOnly:bool secretFile secretRef:SecretReference user
CinderPersistentVolumeSource: fsType readOnly:bool secretRef:SecretReference volumeID!
ObjectReference*: apiVersion fieldPath kind name namespace resourceVersion uid
CSIPersistentVolumeSource: controllerExpandSecretRef:SecretReference controllerPublishSecretRef:SecretReference driver! fsType
  nodeExpandSecretRef:SecretReference nodePublishSecretRef:SecretReference nodeStageSecretRef:SecretReference readOnly:bool
  volumeAttributes:string{} volumeHandle!
FlexPersistentVolumeSource: driver! fsType options:string{} readOnly:bool secretRef:SecretReference
GlusterfsPersistentVolumeSource: endpoints! endpointsNamespace path! readOnly:bool
ISCSIPersistentVolumeSource: chapAuthDiscovery:bool chapAuthSession:bool fsType initiatorName iqn! iscsiInterface lun!:int portals:string[]
  readOnly:bool secretRef:SecretReference targetPortal!
LocalVolumeSource: fsType path!
VolumeNodeAffinity: required:NodeSelector
RBDPersistentVolumeSource: fsType image! keyring monitors!:string[] pool readOnly:bool secretRef:SecretReference user
ScaleIOPersistentVolumeSource: fsType gateway! protectionDomain readOnly:bool secretRef!:SecretReference sslEnabled:bool storageMode storagePool
  system! volumeName
StorageOSPersistentVolumeSource: fsType readOnly:bool secretRef:ObjectReference volumeName volumeNamespace
PersistentVolumeClaimCondition: lastProbeTime:time lastTransitionTime:time message reason status type
ModifyVolumeStatus: status targetVolumeAttributesClassName
TopologySelectorLabelRequirement: key! values!:string[]
CSITokenRequest: audience! expirationSeconds:int64
CSINodeDriver: allocatable:VolumeNodeResources name! nodeID! topologyKeys:string[]
VolumeAttachmentSource: inlineVolumeSpec:PersistentVolumeSpec persistentVolumeName
VolumeError: errorCode:int message time:time
SecretReference*: name namespace
VolumeNodeResources: count:int
`
