/** What extends the API itself. See `schema-language.ts` for how to read it. */
export const extensionTypes = `
ValidatingWebhookConfiguration: webhooks#2:ValidatingWebhook[name]
MutatingWebhookConfiguration: webhooks#2:MutatingWebhook[name]
ValidatingAdmissionPolicy: spec#2:ValidatingAdmissionPolicySpec status#3:ValidatingAdmissionPolicyStatus
ValidatingAdmissionPolicyBinding: spec!#2:ValidatingAdmissionPolicyBindingSpec
CustomResourceDefinition: spec!#2:CustomResourceDefinitionSpec status#3:CustomResourceDefinitionStatus
APIService: spec#2:APIServiceSpec status#3:APIServiceStatus
ValidatingWebhook: admissionReviewVersions!#8:string[] clientConfig!#2:WebhookClientConfig failurePolicy#4*:string=Fail
  matchConditions#11:MatchCondition[name] matchPolicy#9*:string=Equivalent name!#1 namespaceSelector#5:LabelSelector={}
  objectSelector#10:LabelSelector={} rules#3:RuleWithOperations[] sideEffects!#6* timeoutSeconds#7*:int=10
MutatingWebhook: admissionReviewVersions!#8:string[] clientConfig!#2:WebhookClientConfig failurePolicy#4*:string=Fail
  matchConditions#12:MatchCondition[name] matchPolicy#9*:string=Equivalent name!#1 namespaceSelector#5:LabelSelector={}
  objectSelector#11:LabelSelector={} reinvocationPolicy#10*:string=Never rules#3:RuleWithOperations[] sideEffects!#6* timeoutSeconds#7*:int=10
ValidatingAdmissionPolicySpec: auditAnnotations#5:AuditAnnotation[] failurePolicy#4*:string=Fail matchConditions#6:MatchCondition[name]
  matchConstraints#2:MatchResources paramKind#1:ParamKind validations#3:Validation[] variables#7:Variable[name]
ValidatingAdmissionPolicyStatus: conditions#3:Condition[!type] observedGeneration#1:int64 typeChecking#2:TypeChecking
ValidatingAdmissionPolicyBindingSpec: matchResources#3:MatchResources paramRef#2:ParamRef policyName!#1 validationActions!#4:string[!=]
CustomResourceDefinitionSpec: conversion#9:CustomResourceConversion group!#1 names!#3:CustomResourceDefinitionNames preserveUnknownFields#10:bool
  scope!#4 versions!#7:CustomResourceDefinitionVersion[]
CustomResourceDefinitionStatus: acceptedNames#2:CustomResourceDefinitionNames conditions#1:CustomResourceDefinitionCondition[!type]
  observedGeneration#4:int64 storedVersions#3:string[]
APIServiceSpec: caBundle#5:bytes group#2 groupPriorityMinimum!#7:int insecureSkipTLSVerify#4:bool service#1:APIServiceReference version#3
  versionPriority!#8:int
APIServiceStatus: conditions#1:APIServiceCondition[type]
WebhookClientConfig: caBundle#2:bytes service#1:ServiceReference url#3*
MatchCondition: expression#2 name#1
RuleWithOperations: apiGroups#2.1:string[] apiVersions#2.2:string[] operations#1:string[] resources#2.3:string[] scope#2.4*:string=*
AuditAnnotation: key!#1 valueExpression!#2
MatchResources*: excludeResourceRules#4:NamedRuleWithOperations[] matchPolicy#7* namespaceSelector#1:LabelSelector objectSelector#2:LabelSelector
  resourceRules#3:NamedRuleWithOperations[]
ParamKind*: apiVersion#1 kind#2
Validation: expression!#1 message#2 messageExpression#4 reason#3*
Variable*: expression!#2 name!#1
TypeChecking: expressionWarnings#1:ExpressionWarning[]
ParamRef*: name#1 namespace#2 parameterNotFoundAction#4* selector#3:LabelSelector
CustomResourceConversion: strategy!#1 webhook#2:WebhookConversion
CustomResourceDefinitionNames: categories#6:string[] kind!#4 listKind#5 plural!#1 shortNames#3:string[] singular#2
CustomResourceDefinitionVersion: additionalPrinterColumns#6:CustomResourceColumnDefinition[] deprecated#7:bool deprecationWarning#8* name!#1
  schema#4:CustomResourceValidation selectableFields#9:SelectableField[] served!#2:bool storage!#3:bool subresources#5:CustomResourceSubresources
CustomResourceDefinitionCondition: lastTransitionTime#3:time message#5 observedGeneration#6:int64 reason#4 status#2 type#1
APIServiceReference: name#2 namespace#1 port#3*:int
APIServiceCondition: lastTransitionTime#3:time message#5 reason#4 status#2 type#1
ServiceReference: name!#2 namespace!#1 path#3* port#4*:int=443
NamedRuleWithOperations*: apiGroups#2.2.1:string[] apiVersions#2.2.2:string[] operations#2.1:string[] resourceNames#1:string[]
  resources#2.2.3:string[] scope#2.2.4*
ExpressionWarning: fieldRef!#2 warning!#3
WebhookConversion: clientConfig#2:ConversionWebhookClientConfig conversionReviewVersions!#3:string[]
CustomResourceColumnDefinition: description#4 format#3 jsonPath!#6 name!#1 priority#5:int type!#2
CustomResourceValidation: openAPIV3Schema#1:any
SelectableField: jsonPath!#1
CustomResourceSubresources: scale#2:CustomResourceSubresourceScale status#1:any
ConversionWebhookClientConfig: caBundle#2:bytes service#1:ConversionServiceReference url#3*
CustomResourceSubresourceScale: labelSelectorPath#3* specReplicasPath!#1 statusReplicasPath!#2
ConversionServiceReference: name!#2 namespace!#1 path#3* port#4*:int
`
