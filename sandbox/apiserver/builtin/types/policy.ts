/** Network policies, ingresses and RBAC. See `schema-language.ts` for how to read it. */
export const policyTypes = `
NetworkPolicy: spec:NetworkPolicySpec
Ingress: spec:IngressSpec status:IngressStatus
IngressClass: spec:IngressClassSpec
Role: rules:PolicyRule[]
ClusterRole: aggregationRule:AggregationRule rules:PolicyRule[]
RoleBinding: roleRef!:RoleRef subjects:Subject[]
ClusterRoleBinding: roleRef!:RoleRef subjects:Subject[]
NetworkPolicySpec: egress:NetworkPolicyEgressRule[] ingress:NetworkPolicyIngressRule[] podSelector:LabelSelector policyTypes:string[]
IngressSpec: defaultBackend:IngressBackend ingressClassName rules:IngressRule[] tls:IngressTLS[]
IngressStatus: loadBalancer:IngressLoadBalancerStatus
IngressClassSpec: controller parameters:IngressClassParametersReference
PolicyRule: apiGroups:string[] nonResourceURLs:string[] resourceNames:string[] resources:string[] verbs!:string[]
AggregationRule: clusterRoleSelectors:LabelSelector[]
RoleRef*: apiGroup:string=rbac.authorization.k8s.io kind! name!
Subject*: apiGroup kind! name! namespace
NetworkPolicyEgressRule: ports:NetworkPolicyPort[] to:NetworkPolicyPeer[]
NetworkPolicyIngressRule: from:NetworkPolicyPeer[] ports:NetworkPolicyPort[]
IngressBackend: resource:TypedLocalObjectReference service:IngressServiceBackend
IngressRule: host http:HTTPIngressRuleValue
IngressTLS: hosts:string[] secretName
IngressLoadBalancerStatus: ingress:IngressLoadBalancerIngress[]
IngressClassParametersReference: apiGroup kind! name! namespace scope
NetworkPolicyPort: endPort:int port:intOrString protocol:string=TCP
NetworkPolicyPeer: ipBlock:IPBlock namespaceSelector:LabelSelector podSelector:LabelSelector
IngressServiceBackend: name! port:ServiceBackendPort
HTTPIngressRuleValue: paths!:HTTPIngressPath[]
IngressLoadBalancerIngress: hostname ip ports:IngressPortStatus[]
IPBlock: cidr! except:string[]
ServiceBackendPort*: name number:int
HTTPIngressPath: backend!:IngressBackend path pathType!
IngressPortStatus: error port:int protocol
`
