/** Types of the API machinery that several groups share. See `schema-language.ts` for how to read it. */
export const metaTypes = `
LabelSelector*: matchExpressions#2:LabelSelectorRequirement[] matchLabels#1:string{}
Condition: lastTransitionTime#4:time message#6 observedGeneration#3:int64 reason#5 status#2 type#1
DeleteOptions: dryRun#5:string[] gracePeriodSeconds#1*:int64 ignoreStoreReadErrorWithClusterBreakingPotential#6*:bool orphanDependents#3*:bool
  preconditions#2:Preconditions propagationPolicy#4*
OwnerReference*: apiVersion!#5 blockOwnerDeletion#7*:bool controller#6*:bool kind!#1 name!#3 uid!#4
LabelSelectorRequirement: key!#1 operator!#2 values#3:string[]
Preconditions: resourceVersion#2* uid#1*
`
