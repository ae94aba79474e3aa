/** The rest of the core group, events, endpoint slices and leases. See `schema-language.ts` for how to read it. */
export const coreTypes = `
Namespace: spec:NamespaceSpec status:NamespaceStatus
Node: spec:NodeSpec status:NodeStatus
Secret: data:bytes{} immutable:bool stringData:string{} type
ConfigMap: binaryData:bytes{} data:string{} immutable:bool
ServiceAccount: automountServiceAccountToken:bool imagePullSecrets:LocalObjectReference[] secrets:ObjectReference[name]
Service: spec:ServiceSpec status:ServiceStatus
Endpoints: subsets:EndpointSubset[]
Event: action count:int eventTime:microtime firstTimestamp:time involvedObject:ObjectReference lastTimestamp:time message reason
  related:ObjectReference reportingComponent reportingInstance series:EventSeries source:EventSource type
ResourceQuota: spec:ResourceQuotaSpec status:ResourceQuotaStatus
LimitRange: spec:LimitRangeSpec
EventsEvent: action deprecatedCount:int deprecatedFirstTimestamp:time deprecatedLastTimestamp:time deprecatedSource:EventSource eventTime:microtime
  note reason regarding:ObjectReference related:ObjectReference reportingController reportingInstance series:EventsEventSeries type
EndpointSlice: addressType! endpoints:Endpoint[] ports:SlicePort[]
Lease: spec:LeaseSpec
NamespaceSpec: finalizers:string[]
NamespaceStatus: conditions:NamespaceCondition[type] phase
NodeSpec: configSource:NodeConfigSource externalID podCIDR podCIDRs:string[=] providerID taints:Taint[] unschedulable:bool
NodeStatus: addresses:NodeAddress[type] allocatable:quantity{} capacity:quantity{} conditions:NodeCondition[type] config:NodeConfigStatus
  daemonEndpoints:NodeDaemonEndpoints declaredFeatures:string[] features:NodeFeatures images:ContainerImage[] nodeInfo:NodeSystemInfo phase
  runtimeHandlers:NodeRuntimeHandler[] volumesAttached:AttachedVolume[] volumesInUse:string[]
ServiceSpec: allocateLoadBalancerNodePorts:bool clusterIP clusterIPs:string[] externalIPs:string[] externalName externalTrafficPolicy
  healthCheckNodePort:int internalTrafficPolicy ipFamilies:string[] ipFamilyPolicy loadBalancerClass loadBalancerIP
  loadBalancerSourceRanges:string[] ports:ServicePort[port,protocol] publishNotReadyAddresses:bool selector:string{} sessionAffinity:string=None
  sessionAffinityConfig:SessionAffinityConfig trafficDistribution type:string=ClusterIP
ServiceStatus: conditions:Condition[type] loadBalancer:LoadBalancerStatus
EndpointSubset: addresses:EndpointAddress[] notReadyAddresses:EndpointAddress[] ports:EndpointPort[]
EventSeries: count:int lastObservedTime:microtime
EventSource: component host
ResourceQuotaSpec: hard:quantity{} scopeSelector:ScopeSelector scopes:string[]
ResourceQuotaStatus: hard:quantity{} used:quantity{}
LimitRangeSpec: limits!:LimitRangeItem[]
EventsEventSeries: count!:int lastObservedTime!:microtime
Endpoint: addresses!:string[!=] conditions:EndpointConditions deprecatedTopology:string{} hints:EndpointHints hostname nodeName
  targetRef:ObjectReference zone
SlicePort*: appProtocol name port:int protocol
LeaseSpec: acquireTime:microtime holderIdentity leaseDurationSeconds:int leaseTransitions:int preferredHolder renewTime:microtime strategy
NamespaceCondition: lastTransitionTime:time message reason status type
NodeConfigSource: configMap:ConfigMapNodeConfigSource
Taint: effect! key! timeAdded:time value
NodeAddress: address! type!
NodeCondition: lastHeartbeatTime:time lastTransitionTime:time message reason status type
NodeConfigStatus: active:NodeConfigSource assigned:NodeConfigSource error lastKnownGood:NodeConfigSource
NodeDaemonEndpoints: kubeletEndpoint:DaemonEndpoint
NodeFeatures: supplementalGroupsPolicy:bool
ContainerImage: names:string[] sizeBytes:int64
NodeSystemInfo: architecture bootID containerRuntimeVersion kernelVersion kubeProxyVersion kubeletVersion machineID operatingSystem osImage
  swap:NodeSwapStatus systemUUID
NodeRuntimeHandler: features:NodeRuntimeHandlerFeatures name
AttachedVolume: devicePath name
ServicePort: appProtocol name nodePort:int port!:int protocol:string=TCP targetPort:intOrString
SessionAffinityConfig: clientIP:ClientIPConfig
LoadBalancerStatus: ingress:LoadBalancerIngress[]
EndpointAddress*: hostname ip! nodeName targetRef:ObjectReference
EndpointPort*: appProtocol name port!:int protocol:string=TCP
ScopeSelector*: matchExpressions:ScopedResourceSelectorRequirement[]
LimitRangeItem: default:quantity{} defaultRequest:quantity{} max:quantity{} maxLimitRequestRatio:quantity{} min:quantity{} type!
EndpointConditions: ready:bool serving:bool terminating:bool
EndpointHints: forNodes:ForNode[] forZones:ForZone[]
ConfigMapNodeConfigSource: kubeletConfigKey! name! namespace! resourceVersion uid
DaemonEndpoint: Port:int
NodeSwapStatus: capacity:int64
NodeRuntimeHandlerFeatures: recursiveReadOnlyMounts:bool userNamespaces:bool
ClientIPConfig: timeoutSeconds:int
LoadBalancerIngress: hostname ip ipMode ports:PortStatus[]
ScopedResourceSelectorRequirement: operator! scopeName! values:string[]
ForNode: name!
ForZone: name!
PortStatus: error port:int protocol
`
