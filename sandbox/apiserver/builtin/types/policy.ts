/** Network policies, ingresses and RBAC. See `schema-language.ts` for how to read it. */
export const policyTypes = `
NetworkPolicy: spec#2:NetworkPolicySpec
Ingress: spec#2:IngressSpec status#3:IngressStatus
IngressClass: spec#2:IngressClassSpec
Role: rules#2:PolicyRule[]
ClusterRole: aggregationRule#3:AggregationRule rules#2:PolicyRule[]
RoleBinding: roleRef!#3:RoleRef subjects#2:Subject[]
ClusterRoleBinding: roleRef!#3:RoleRef subjects#2:Subject[]
NetworkPolicySpec: egress#3:NetworkPolicyEgressRule[] ingress#2:NetworkPolicyIngressRule[] podSelector#1:LabelSelector policyTypes#4:string[]
IngressSpec: defaultBackend#1:IngressBackend ingressClassName#4* rules#3:IngressRule[] tls#2:IngressTLS[]
IngressStatus: loadBalancer#1:IngressLoadBalancerStatus
IngressClassSpec: controller#1 parameters#2:IngressClassParametersReference
PolicyRule: apiGroups#2:string[] nonResourceURLs#5:string[] resourceNames#4:string[] resources#3:string[] verbs!#1:string[]
AggregationRule: clusterRoleSelectors#1:LabelSelector[]
RoleRef*: apiGroup#1:string=rbac.authorization.k8s.io kind!#2 name!#3
Subject*: apiGroup#2 kind!#1 name!#3 namespace#4
NetworkPolicyEgressRule: ports#1:NetworkPolicyPort[] to#2:NetworkPolicyPeer[]
NetworkPolicyIngressRule: from#2:NetworkPolicyPeer[] ports#1:NetworkPolicyPort[]
IngressBackend: resource#3:TypedLocalObjectReference service#4:IngressServiceBackend
IngressRule: host#1 http#2.1:HTTPIngressRuleValue
IngressTLS: hosts#1:string[] secretName#2
IngressLoadBalancerStatus: ingress#1:IngressLoadBalancerIngress[]
IngressClassParametersReference: apiGroup#1* kind!#2 name!#3 namespace#5* scope#4*
NetworkPolicyPort: endPort#3*:int port#2:intOrString protocol#1*:string=TCP
NetworkPolicyPeer: ipBlock#3:IPBlock namespaceSelector#2:LabelSelector podSelector#1:LabelSelector
IngressServiceBackend: name!#1 port#2:ServiceBackendPort
HTTPIngressRuleValue: paths!#1:HTTPIngressPath[]
IngressLoadBalancerIngress: hostname#2 ip#1 ports#4:IngressPortStatus[]
IPBlock: cidr!#1 except#2:string[]
ServiceBackendPort*: name#1 number#2:int
HTTPIngressPath: backend!#2:IngressBackend path#1 pathType!#3*
IngressPortStatus: error#3* port#1:int protocol#2
`
