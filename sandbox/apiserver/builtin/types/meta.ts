/** Types of the API machinery that several groups share. See `schema-language.ts` for how to read it. */
export const metaTypes = `
LabelSelector*: matchExpressions:LabelSelectorRequirement[] matchLabels:string{}
Condition: lastTransitionTime:time message observedGeneration:int64 reason status type
LabelSelectorRequirement: key! operator! values:string[]
`
