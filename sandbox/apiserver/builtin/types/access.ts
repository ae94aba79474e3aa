/** Requests that are answered rather than stored. See `schema-language.ts` for how to read it. */
export const accessTypes = `
TokenRequest: spec#2:TokenRequestSpec status#3:TokenRequestStatus
TokenReview: spec!#2:TokenReviewSpec status#3:TokenReviewStatus
SelfSubjectReview: status#2:SelfSubjectReviewStatus
SubjectAccessReview: spec!#2:SubjectAccessReviewSpec status#3:SubjectAccessReviewStatus
SelfSubjectAccessReview: spec!#2:SelfSubjectAccessReviewSpec status#3:SubjectAccessReviewStatus
LocalSubjectAccessReview: spec!#2:SubjectAccessReviewSpec status#3:SubjectAccessReviewStatus
SelfSubjectRulesReview: spec!#2:SelfSubjectRulesReviewSpec status#3:SubjectRulesReviewStatus
Scale: spec#2:ScaleSpec status#3:ScaleStatus
Eviction: deleteOptions#2:DeleteOptions
Binding: target!#2:ObjectReference
TokenRequestSpec: audiences#1:string[] boundObjectRef#3:BoundObjectReference expirationSeconds#4*:int64
TokenRequestStatus: expirationTimestamp#2:time token#1
TokenReviewSpec: audiences#2:string[] token!#1
TokenReviewStatus: audiences#4:string[] authenticated#1:bool error#3 user#2:UserInfo
SelfSubjectReviewStatus: userInfo#1:UserInfo
SubjectAccessReviewSpec: extra#5:string[]{} groups#4:string[] nonResourceAttributes#2:NonResourceAttributes resourceAttributes#1:ResourceAttributes
  uid#6 user#3
SubjectAccessReviewStatus: allowed#1:bool denied#4:bool evaluationError#3 reason#2
SelfSubjectAccessReviewSpec: nonResourceAttributes#2:NonResourceAttributes resourceAttributes#1:ResourceAttributes
SelfSubjectRulesReviewSpec: namespace#1
SubjectRulesReviewStatus: evaluationError#4 incomplete#3:bool nonResourceRules#2:NonResourceRule[] resourceRules#1:ResourceRule[]
ScaleSpec: replicas#1:int
ScaleStatus: replicas#1:int selector#2
BoundObjectReference: apiVersion#2 kind#1 name#3 uid#4
UserInfo: extra#4:string[]{} groups#3:string[] uid#2 username#1
NonResourceAttributes: path#1 verb#2
ResourceAttributes: fieldSelector#8:FieldSelectorAttributes group#3 labelSelector#9:LabelSelectorAttributes name#7 namespace#1 resource#5
  subresource#6 verb#2 version#4
NonResourceRule: nonResourceURLs#2:string[] verbs!#1:string[]
ResourceRule: apiGroups#2:string[] resourceNames#4:string[] resources#3:string[] verbs!#1:string[]
FieldSelectorAttributes: rawSelector#1 requirements#2:FieldSelectorRequirement[]
LabelSelectorAttributes: rawSelector#1 requirements#2:LabelSelectorRequirement[]
FieldSelectorRequirement: key!#1 operator!#2 values#3:string[]
`
