/** Requests that are answered rather than stored. See `schema-language.ts` for how to read it. */
export const accessTypes = `
TokenRequest: spec:TokenRequestSpec status:TokenRequestStatus
TokenReview: spec!:TokenReviewSpec status:TokenReviewStatus
SelfSubjectReview: status:SelfSubjectReviewStatus
SubjectAccessReview: spec!:SubjectAccessReviewSpec status:SubjectAccessReviewStatus
SelfSubjectAccessReview: spec!:SelfSubjectAccessReviewSpec status:SubjectAccessReviewStatus
LocalSubjectAccessReview: spec!:SubjectAccessReviewSpec status:SubjectAccessReviewStatus
SelfSubjectRulesReview: spec!:SelfSubjectRulesReviewSpec status:SubjectRulesReviewStatus
Scale: spec:ScaleSpec status:ScaleStatus
Eviction: deleteOptions:DeleteOptions
Binding: target!:ObjectReference
TokenRequestSpec: audiences:string[] boundObjectRef:BoundObjectReference expirationSeconds:int64
TokenRequestStatus: expirationTimestamp:time token
TokenReviewSpec: audiences:string[] token!
TokenReviewStatus: audiences:string[] authenticated:bool error user:UserInfo
SelfSubjectReviewStatus: userInfo:UserInfo
SubjectAccessReviewSpec: extra:string[]{} groups:string[] nonResourceAttributes:NonResourceAttributes resourceAttributes:ResourceAttributes uid user
SubjectAccessReviewStatus: allowed:bool denied:bool evaluationError reason
SelfSubjectAccessReviewSpec: nonResourceAttributes:NonResourceAttributes resourceAttributes:ResourceAttributes
SelfSubjectRulesReviewSpec: namespace
SubjectRulesReviewStatus: evaluationError incomplete:bool nonResourceRules:NonResourceRule[] resourceRules:ResourceRule[]
ScaleSpec: replicas:int
ScaleStatus: replicas:int selector
DeleteOptions: dryRun:string[] gracePeriodSeconds:int64 ignoreStoreReadErrorWithClusterBreakingPotential:bool orphanDependents:bool
  preconditions:Preconditions propagationPolicy
BoundObjectReference: apiVersion kind name uid
UserInfo: extra:string[]{} groups:string[] uid username
NonResourceAttributes: path verb
ResourceAttributes: fieldSelector:FieldSelectorAttributes group labelSelector:LabelSelectorAttributes name namespace resource subresource verb
  version
NonResourceRule: nonResourceURLs:string[] verbs!:string[]
ResourceRule: apiGroups:string[] resourceNames:string[] resources:string[] verbs!:string[]
Preconditions: resourceVersion uid
FieldSelectorAttributes: rawSelector requirements:FieldSelectorRequirement[]
LabelSelectorAttributes: rawSelector requirements:LabelSelectorRequirement[]
FieldSelectorRequirement: key! operator! values:string[]
`
