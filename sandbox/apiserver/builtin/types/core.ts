/** The rest of the core group, events, endpoint slices and leases. See `schema-language.ts` for how to read it. */
export const coreTypes = `
Namespace: spec#2:NamespaceSpec status#3:NamespaceStatus
Node: spec#2:NodeSpec status#3:NodeStatus
Secret: data#2:bytes{} immutable#5*:bool stringData#4:string{} type#3
ConfigMap: binaryData#3:bytes{} data#2:string{} immutable#4*:bool
ServiceAccount: automountServiceAccountToken#4*:bool imagePullSecrets#3:LocalObjectReference[] secrets#2:ObjectReference[name]
Service: spec#2:ServiceSpec status#3:ServiceStatus
Endpoints: subsets#2:EndpointSubset[]
Event: action#12 count#8:int eventTime#10:microtime firstTimestamp#6:time involvedObject#2:ObjectReference lastTimestamp#7:time message#4 reason#3
  related#13:ObjectReference reportingComponent#14 reportingInstance#15 series#11:EventSeries source#5:EventSource type#9
ResourceQuota: spec#2:ResourceQuotaSpec status#3:ResourceQuotaStatus
LimitRange: spec#2:LimitRangeSpec
EventsEvent: action#6 deprecatedCount#15:int deprecatedFirstTimestamp#13:time deprecatedLastTimestamp#14:time deprecatedSource#12:EventSource
  eventTime#2:microtime note#10 reason#7 regarding#8:ObjectReference related#9:ObjectReference reportingController#4 reportingInstance#5
  series#3:EventsEventSeries type#11
EndpointSlice: addressType!#4 endpoints#2:Endpoint[] ports#3:SlicePort[]
Lease: spec#2:LeaseSpec
NamespaceSpec: finalizers#1:string[]
NamespaceStatus: conditions#2:NamespaceCondition[type] phase#1
NodeSpec: configSource#6:NodeConfigSource externalID#2 podCIDR#1 podCIDRs#7:string[=] providerID#3 taints#5:Taint[] unschedulable#4:bool
NodeStatus: addresses#5:NodeAddress[type] allocatable#2:quantity{} capacity#1:quantity{} conditions#4:NodeCondition[type] config#11:NodeConfigStatus
  daemonEndpoints#6:NodeDaemonEndpoints declaredFeatures#14:string[] features#13:NodeFeatures images#8:ContainerImage[] nodeInfo#7:NodeSystemInfo
  phase#3 runtimeHandlers#12:NodeRuntimeHandler[] volumesAttached#10:AttachedVolume[] volumesInUse#9:string[]
ServiceSpec: allocateLoadBalancerNodePorts#20*:bool clusterIP#3 clusterIPs#18:string[] externalIPs#5:string[] externalName#10
  externalTrafficPolicy#11 healthCheckNodePort#12:int internalTrafficPolicy#22* ipFamilies#19:string[] ipFamilyPolicy#17* loadBalancerClass#21*
  loadBalancerIP#8 loadBalancerSourceRanges#9:string[] ports#1:ServicePort[port,protocol] publishNotReadyAddresses#13:bool selector#2:string{}
  sessionAffinity#7:string=None sessionAffinityConfig#14:SessionAffinityConfig trafficDistribution#23* type#4:string=ClusterIP
ServiceStatus: conditions#2:Condition[type] loadBalancer#1:LoadBalancerStatus
EndpointSubset: addresses#1:EndpointAddress[] notReadyAddresses#2:EndpointAddress[] ports#3:EndpointPort[]
EventSeries: count#1:int lastObservedTime#2:microtime
EventSource: component#1 host#2
ResourceQuotaSpec: hard#1:quantity{} scopeSelector#3:ScopeSelector scopes#2:string[]
ResourceQuotaStatus: hard#1:quantity{} used#2:quantity{}
LimitRangeSpec: limits!#1:LimitRangeItem[]
EventsEventSeries: count!#1:int lastObservedTime!#2:microtime
Endpoint: addresses!#1:string[!=] conditions#2:EndpointConditions deprecatedTopology#5:string{} hints#8:EndpointHints hostname#3* nodeName#6*
  targetRef#4:ObjectReference zone#7*
SlicePort*: appProtocol#4* name#1* port#3*:int protocol#2*
LeaseSpec: acquireTime#3:microtime holderIdentity#1* leaseDurationSeconds#2*:int leaseTransitions#5*:int preferredHolder#7* renewTime#4:microtime
  strategy#6*
NamespaceCondition: lastTransitionTime#4:time message#6 reason#5 status#2 type#1
NodeConfigSource: configMap#2:ConfigMapNodeConfigSource
Taint: effect!#3 key!#1 timeAdded#4:time value#2
NodeAddress: address!#2 type!#1
NodeCondition: lastHeartbeatTime#3:time lastTransitionTime#4:time message#6 reason#5 status#2 type#1
NodeConfigStatus: active#2:NodeConfigSource assigned#1:NodeConfigSource error#4 lastKnownGood#3:NodeConfigSource
NodeDaemonEndpoints: kubeletEndpoint#1:DaemonEndpoint
NodeFeatures: supplementalGroupsPolicy#1*:bool
ContainerImage: names#1:string[] sizeBytes#2:int64
NodeSystemInfo: architecture#10 bootID#3 containerRuntimeVersion#6 kernelVersion#4 kubeProxyVersion#8 kubeletVersion#7 machineID#1 operatingSystem#9
  osImage#5 swap#11:NodeSwapStatus systemUUID#2
NodeRuntimeHandler: features#2:NodeRuntimeHandlerFeatures name#1
AttachedVolume: devicePath#2 name#1
ServicePort: appProtocol#6* name#1 nodePort#5:int port!#3:int protocol#2:string=TCP targetPort#4:intOrString
SessionAffinityConfig: clientIP#1:ClientIPConfig
LoadBalancerStatus: ingress#1:LoadBalancerIngress[]
EndpointAddress*: hostname#3 ip!#1 nodeName#4* targetRef#2:ObjectReference
EndpointPort*: appProtocol#4* name#1 port!#2:int protocol#3:string=TCP
ScopeSelector*: matchExpressions#1:ScopedResourceSelectorRequirement[]
LimitRangeItem: default#4:quantity{} defaultRequest#5:quantity{} max#2:quantity{} maxLimitRequestRatio#6:quantity{} min#3:quantity{} type!#1
EndpointConditions: ready#1*:bool serving#2*:bool terminating#3*:bool
EndpointHints: forNodes#2:ForNode[] forZones#1:ForZone[]
ConfigMapNodeConfigSource: kubeletConfigKey!#5 name!#2 namespace!#1 resourceVersion#4 uid#3
DaemonEndpoint: Port#1:int
NodeSwapStatus: capacity#1*:int64
NodeRuntimeHandlerFeatures: recursiveReadOnlyMounts#1*:bool userNamespaces#2*:bool
ClientIPConfig: timeoutSeconds#1*:int
LoadBalancerIngress: hostname#2 ip#1 ipMode#3* ports#4:PortStatus[]
ScopedResourceSelectorRequirement: operator!#2 scopeName!#1 values#3:string[]
ForNode: name!#1
ForZone: name!#1
PortStatus: error#3* port#1:int protocol#2
`
