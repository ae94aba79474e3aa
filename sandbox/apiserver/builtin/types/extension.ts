/** What extends the API itself. See `schema-language.ts` for how to read it. */
export const extensionTypes = `
ValidatingWebhookConfiguration: webhooks:ValidatingWebhook[name]
MutatingWebhookConfiguration: webhooks:MutatingWebhook[name]
ValidatingAdmissionPolicy: spec:ValidatingAdmissionPolicySpec status:ValidatingAdmissionPolicyStatus
ValidatingAdmissionPolicyBinding: spec!:ValidatingAdmissionPolicyBindingSpec
CustomResourceDefinition: spec!:CustomResourceDefinitionSpec status:CustomResourceDefinitionStatus
APIService: spec:APIServiceSpec status:APIServiceStatus
ValidatingWebhook: admissionReviewVersions!:string[] clientConfig!:WebhookClientConfig failurePolicy:string=Fail
  matchConditions:MatchCondition[name] matchPolicy:string=Equivalent name! namespaceSelector:LabelSelector={} objectSelector:LabelSelector={}
  rules:RuleWithOperations[] sideEffects! timeoutSeconds:int=10
MutatingWebhook: admissionReviewVersions!:string[] clientConfig!:WebhookClientConfig failurePolicy:string=Fail matchConditions:MatchCondition[name]
  matchPolicy:string=Equivalent name! namespaceSelector:LabelSelector={} objectSelector:LabelSelector={} reinvocationPolicy:string=Never
  rules:RuleWithOperations[] sideEffects! timeoutSeconds:int=10
ValidatingAdmissionPolicySpec: auditAnnotations:AuditAnnotation[] failurePolicy:string=Fail matchConditions:MatchCondition[name]
  matchConstraints:MatchResources paramKind:ParamKind validations:Validation[] variables:Variable[name]
ValidatingAdmissionPolicyStatus: conditions:Condition[!type] observedGeneration:int64 typeChecking:TypeChecking
ValidatingAdmissionPolicyBindingSpec: matchResources:MatchResources paramRef:ParamRef policyName! validationActions!:string[!=]
CustomResourceDefinitionSpec: conversion:CustomResourceConversion group! names!:CustomResourceDefinitionNames preserveUnknownFields:bool scope!
  versions!:CustomResourceDefinitionVersion[]
CustomResourceDefinitionStatus: acceptedNames:CustomResourceDefinitionNames conditions:CustomResourceDefinitionCondition[!type]
  observedGeneration:int64 storedVersions:string[]
APIServiceSpec: caBundle:bytes group groupPriorityMinimum!:int insecureSkipTLSVerify:bool service:APIServiceReference version versionPriority!:int
APIServiceStatus: conditions:APIServiceCondition[type]
WebhookClientConfig: caBundle:bytes service:ServiceReference url
MatchCondition: expression name
RuleWithOperations: apiGroups:string[] apiVersions:string[] operations:string[] resources:string[] scope:string=*
AuditAnnotation: key! valueExpression!
MatchResources*: excludeResourceRules:NamedRuleWithOperations[] matchPolicy namespaceSelector:LabelSelector objectSelector:LabelSelector
  resourceRules:NamedRuleWithOperations[]
ParamKind*: apiVersion kind
Validation: expression! message messageExpression reason
Variable*: expression! name!
TypeChecking: expressionWarnings:ExpressionWarning[]
ParamRef*: name namespace parameterNotFoundAction selector:LabelSelector
CustomResourceConversion: strategy! webhook:WebhookConversion
CustomResourceDefinitionNames: categories:string[] kind! listKind plural! shortNames:string[] singular
CustomResourceDefinitionVersion: additionalPrinterColumns:CustomResourceColumnDefinition[] deprecated:bool deprecationWarning name!
  schema:CustomResourceValidation selectableFields:SelectableField[] served!:bool storage!:bool subresources:CustomResourceSubresources
CustomResourceDefinitionCondition: lastTransitionTime:time message observedGeneration:int64 reason status type
APIServiceReference: name namespace port:int
APIServiceCondition: lastTransitionTime:time message reason status type
ServiceReference: name! namespace! path port:int=443
NamedRuleWithOperations*: apiGroups:string[] apiVersions:string[] operations:string[] resourceNames:string[] resources:string[] scope
ExpressionWarning: fieldRef! warning!
WebhookConversion: clientConfig:ConversionWebhookClientConfig conversionReviewVersions!:string[]
CustomResourceColumnDefinition: description format jsonPath! name! priority:int type!
CustomResourceValidation: openAPIV3Schema:any
SelectableField: jsonPath!
CustomResourceSubresources: scale:CustomResourceSubresourceScale status:any
ConversionWebhookClientConfig: caBundle:bytes service:ConversionServiceReference url
CustomResourceSubresourceScale: labelSelectorPath specReplicasPath! statusReplicasPath!
ConversionServiceReference: name! namespace! path port:int
`
