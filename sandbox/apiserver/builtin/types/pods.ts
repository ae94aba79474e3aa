/** Pods and everything inside them but volumes. See `schema-language.ts` for how to read it. */
export const podsTypes = `
Pod: spec:PodSpec status:PodStatus
PodSpec: activeDeadlineSeconds:int64 affinity:Affinity automountServiceAccountToken:bool containers!:Container[name] dnsConfig:PodDNSConfig
  dnsPolicy:string=ClusterFirst enableServiceLinks:bool=true ephemeralContainers:EphemeralContainer[name] hostAliases:HostAlias[ip] hostIPC:bool
  hostNetwork:bool hostPID:bool hostUsers:bool hostname hostnameOverride imagePullSecrets:LocalObjectReference[name] initContainers:Container[name]
  nodeName nodeSelector:string{} os:PodOS overhead:quantity{} preemptionPolicy priority:int priorityClassName readinessGates:PodReadinessGate[]
  resourceClaims:PodResourceClaim[name]~ resources:ResourceRequirements restartPolicy:string=Always runtimeClassName
  schedulerName:string=default-scheduler schedulingGates:PodSchedulingGate[name] schedulingGroup:PodSchedulingGroup
  securityContext:PodSecurityContext={} serviceAccount serviceAccountName setHostnameAsFQDN:bool shareProcessNamespace:bool subdomain
  terminationGracePeriodSeconds:int64=30 tolerations:Toleration[] topologySpreadConstraints:TopologySpreadConstraint[topologyKey,whenUnsatisfiable]
  volumes:Volume[name]~
PodStatus: allocatedResources:quantity{} conditions:PodCondition[type] containerStatuses:ContainerStatus[]
  ephemeralContainerStatuses:ContainerStatus[] extendedResourceClaimStatus:PodExtendedResourceClaimStatus hostIP hostIPs:HostIP[?ip]
  initContainerStatuses:ContainerStatus[] message nodeAllocatableResourceClaimStatuses:NodeAllocatableResourceClaimStatus[] nominatedNodeName
  observedGeneration:int64 phase podIP podIPs:PodIP[ip] qosClass reason resize resourceClaimStatuses:PodResourceClaimStatus[name]~
  resources:ResourceRequirements startTime:time
Affinity: nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAntiAffinity
Container: args:string[] command:string[] env:EnvVar[name] envFrom:EnvFromSource[] image imagePullPolicy lifecycle:Lifecycle livenessProbe:Probe
  name! ports:ContainerPort[containerPort,protocol] readinessProbe:Probe resizePolicy:ContainerResizePolicy[] resources:ResourceRequirements
  restartPolicy restartPolicyRules:ContainerRestartRule[] securityContext:SecurityContext startupProbe:Probe stdin:bool stdinOnce:bool
  terminationMessagePath:string=/dev/termination-log terminationMessagePolicy:string=File tty:bool volumeDevices:VolumeDevice[devicePath]
  volumeMounts:VolumeMount[mountPath] workingDir
PodDNSConfig: nameservers:string[] options:PodDNSConfigOption[] searches:string[]
EphemeralContainer: args:string[] command:string[] env:EnvVar[name] envFrom:EnvFromSource[] image imagePullPolicy lifecycle:Lifecycle
  livenessProbe:Probe name! ports:ContainerPort[containerPort,protocol] readinessProbe:Probe resizePolicy:ContainerResizePolicy[]
  resources:ResourceRequirements restartPolicy restartPolicyRules:ContainerRestartRule[] securityContext:SecurityContext startupProbe:Probe
  stdin:bool stdinOnce:bool targetContainerName terminationMessagePath terminationMessagePolicy tty:bool volumeDevices:VolumeDevice[devicePath]
  volumeMounts:VolumeMount[mountPath] workingDir
HostAlias: hostnames:string[] ip!
PodOS: name!
PodReadinessGate: conditionType!
PodResourceClaim: name! resourceClaimName resourceClaimTemplateName
ResourceRequirements: claims:ResourceClaim[!name] limits:quantity{} requests:quantity{}
PodSchedulingGate: name!
PodSchedulingGroup: podGroupName
PodSecurityContext: appArmorProfile:AppArmorProfile fsGroup:int64 fsGroupChangePolicy runAsGroup:int64 runAsNonRoot:bool runAsUser:int64
  seLinuxChangePolicy seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile supplementalGroups:int64[] supplementalGroupsPolicy
  sysctls:Sysctl[] windowsOptions:WindowsSecurityContextOptions
Toleration: effect key operator tolerationSeconds:int64 value
TopologySpreadConstraint: labelSelector:LabelSelector matchLabelKeys:string[] maxSkew!:int minDomains:int nodeAffinityPolicy nodeTaintsPolicy
  topologyKey! whenUnsatisfiable!
PodCondition: lastProbeTime:time lastTransitionTime:time message observedGeneration:int64 reason status type
ContainerStatus: allocatedResources:quantity{} allocatedResourcesStatus:ResourceStatus[name] containerID image imageID lastState:ContainerState name
  ready:bool resources:ResourceRequirements restartCount:int started:bool state:ContainerState stopSignal user:ContainerUser
  volumeMounts:VolumeMountStatus[mountPath]
PodExtendedResourceClaimStatus: requestMappings:ContainerExtendedResourceRequest[] resourceClaimName
HostIP: ip!
NodeAllocatableResourceClaimStatus: containers:string[!=] resourceClaimName resources:quantity{}
PodIP: ip!
PodResourceClaimStatus: name resourceClaimName
NodeAffinity: preferredDuringSchedulingIgnoredDuringExecution:PreferredSchedulingTerm[] requiredDuringSchedulingIgnoredDuringExecution:NodeSelector
PodAffinity: preferredDuringSchedulingIgnoredDuringExecution:WeightedPodAffinityTerm[]
  requiredDuringSchedulingIgnoredDuringExecution:PodAffinityTerm[]
PodAntiAffinity: preferredDuringSchedulingIgnoredDuringExecution:WeightedPodAffinityTerm[]
  requiredDuringSchedulingIgnoredDuringExecution:PodAffinityTerm[]
EnvVar: name! value valueFrom:EnvVarSource
EnvFromSource: configMapRef:ConfigMapEnvSource prefix secretRef:SecretEnvSource
Lifecycle: postStart:LifecycleHandler preStop:LifecycleHandler stopSignal
Probe: exec:ExecAction failureThreshold:int=3 grpc:GRPCAction httpGet:HTTPGetAction initialDelaySeconds:int periodSeconds:int=10
  successThreshold:int=1 tcpSocket:TCPSocketAction terminationGracePeriodSeconds:int64 timeoutSeconds:int=1
ContainerPort: containerPort!:int hostIP hostPort:int name protocol:string=TCP
ContainerResizePolicy: resourceName! restartPolicy!
ContainerRestartRule: action! exitCodes:ContainerRestartRuleOnExitCodes
SecurityContext: allowPrivilegeEscalation:bool appArmorProfile:AppArmorProfile capabilities:Capabilities privileged:bool procMount
  readOnlyRootFilesystem:bool runAsGroup:int64 runAsNonRoot:bool runAsUser:int64 seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile
  windowsOptions:WindowsSecurityContextOptions
VolumeDevice: devicePath! name!
VolumeMount: mountPath! mountPropagation name! readOnly:bool recursiveReadOnly subPath subPathExpr
PodDNSConfigOption: name value
ResourceClaim: name! request
AppArmorProfile: localhostProfile type!
SELinuxOptions: level role type user
SeccompProfile: localhostProfile type!
Sysctl: name! value!
WindowsSecurityContextOptions: gmsaCredentialSpec gmsaCredentialSpecName hostProcess:bool runAsUserName
ResourceStatus: name resources:ResourceHealth[!resourceID]
ContainerState: running:ContainerStateRunning terminated:ContainerStateTerminated waiting:ContainerStateWaiting
ContainerUser: linux:LinuxContainerUser
VolumeMountStatus: mountPath name readOnly:bool recursiveReadOnly volumeStatus:VolumeStatus
ContainerExtendedResourceRequest: containerName! requestName! resourceName!
PreferredSchedulingTerm: preference!:NodeSelectorTerm weight!:int
NodeSelector*: nodeSelectorTerms!:NodeSelectorTerm[]
WeightedPodAffinityTerm: podAffinityTerm!:PodAffinityTerm weight!:int
PodAffinityTerm: labelSelector:LabelSelector matchLabelKeys:string[] mismatchLabelKeys:string[] namespaceSelector:LabelSelector namespaces:string[]
  topologyKey!
EnvVarSource: configMapKeyRef:ConfigMapKeySelector fieldRef:ObjectFieldSelector fileKeyRef:FileKeySelector resourceFieldRef:ResourceFieldSelector
  secretKeyRef:SecretKeySelector
ConfigMapEnvSource: name optional:bool
SecretEnvSource: name optional:bool
LifecycleHandler: exec:ExecAction httpGet:HTTPGetAction sleep:SleepAction tcpSocket:TCPSocketAction
ExecAction: command:string[]
GRPCAction: port!:int service
HTTPGetAction: host httpHeaders:HTTPHeader[] path:string=/ port!:intOrString scheme:string=HTTP
TCPSocketAction: host port!:intOrString
ContainerRestartRuleOnExitCodes: operator! values:int[!=]
Capabilities: add:string[] drop:string[]
ResourceHealth: health message resourceID!
ContainerStateRunning: startedAt:time
ContainerStateTerminated: containerID exitCode:int finishedAt:time message reason signal:int startedAt:time
ContainerStateWaiting: message reason
LinuxContainerUser: gid!:int64 supplementalGroups:int64[] uid!:int64
VolumeStatus: image:ImageVolumeStatus
NodeSelectorTerm*: matchExpressions:NodeSelectorRequirement[] matchFields:NodeSelectorRequirement[]
ConfigMapKeySelector*: key! name optional:bool
FileKeySelector*: key! optional:bool path! volumeName!
SecretKeySelector*: key! name optional:bool
SleepAction: seconds!:int64
HTTPHeader: name! value!
ImageVolumeStatus: imageRef
NodeSelectorRequirement: key! operator! values:string[]
`
