/** What Helm charts install beside pods: stored, not acted upon. See `schema-language.ts` for how to read it. */
export const workloadsTypes = `
Deployment: spec#2:DeploymentSpec status#3:DeploymentStatus
ReplicaSet: spec#2:ReplicaSetSpec status#3:ReplicaSetStatus
StatefulSet: spec#2:StatefulSetSpec status#3:StatefulSetStatus
DaemonSet: spec#2:DaemonSetSpec status#3:DaemonSetStatus
ControllerRevision: data#2:any revision!#3:int64
Job: spec#2:JobSpec status#3:JobStatus
CronJob: spec!#2:CronJobSpec status#3:CronJobStatus
HorizontalPodAutoscaler: spec!#2:HorizontalPodAutoscalerSpec status#3:HorizontalPodAutoscalerStatus
PodDisruptionBudget: spec#2:PodDisruptionBudgetSpec status#3:PodDisruptionBudgetStatus
PriorityClass: description#4 globalDefault#3:bool preemptionPolicy#5*:string=PreemptLowerPriority value#2:int
DeploymentSpec: minReadySeconds#5:int paused#7:bool progressDeadlineSeconds#9*:int=600 replicas#1*:int=1 revisionHistoryLimit#6*:int=10
  selector!#2:LabelSelector strategy#4:DeploymentStrategy~ template!#3:PodTemplateSpec
DeploymentStatus: availableReplicas#4:int collisionCount#8*:int conditions#6:DeploymentCondition[type] observedGeneration#1:int64
  readyReplicas#7:int replicas#2:int terminatingReplicas#9*:int unavailableReplicas#5:int updatedReplicas#3:int
ReplicaSetSpec: minReadySeconds#4:int replicas#1*:int=1 selector!#2:LabelSelector template#3:PodTemplateSpec
ReplicaSetStatus: availableReplicas#5:int conditions#6:ReplicaSetCondition[type] fullyLabeledReplicas#2:int observedGeneration#3:int64
  readyReplicas#4:int replicas#1:int terminatingReplicas#7*:int
StatefulSetSpec: minReadySeconds#9:int ordinals#11:StatefulSetOrdinals
  persistentVolumeClaimRetentionPolicy#10:StatefulSetPersistentVolumeClaimRetentionPolicy podManagementPolicy#6:string=OrderedReady
  replicas#1*:int=1 revisionHistoryLimit#8*:int=10 selector#2:LabelSelector serviceName#5 template#3:PodTemplateSpec
  updateStrategy#7:StatefulSetUpdateStrategy volumeClaimTemplates#4:PersistentVolumeClaim[]
StatefulSetStatus: availableReplicas#11:int collisionCount#9*:int conditions#10:StatefulSetCondition[type] currentReplicas#4:int currentRevision#6
  observedGeneration#1:int64 readyReplicas#3:int replicas#2:int updateRevision#7 updatedReplicas#5:int
DaemonSetSpec: minReadySeconds#4:int revisionHistoryLimit#6*:int=10 selector!#1:LabelSelector template!#2:PodTemplateSpec
  updateStrategy#3:DaemonSetUpdateStrategy
DaemonSetStatus: collisionCount#9*:int conditions#10:DaemonSetCondition[type] currentNumberScheduled#1:int desiredNumberScheduled#3:int
  numberAvailable#7:int numberMisscheduled#2:int numberReady#4:int numberUnavailable#8:int observedGeneration#5:int64 updatedNumberScheduled#6:int
JobSpec: activeDeadlineSeconds#3*:int64 backoffLimit#7*:int=6 backoffLimitPerIndex#12*:int completionMode#9*:string=NonIndexed completions#2*:int
  managedBy#15* manualSelector#5*:bool maxFailedIndexes#13*:int parallelism#1*:int podFailurePolicy#11:PodFailurePolicy podReplacementPolicy#14*
  selector#4:LabelSelector successPolicy#16:SuccessPolicy suspend#10*:bool=false template!#6:PodTemplateSpec ttlSecondsAfterFinished#8*:int
JobStatus: active#4:int completedIndexes#7 completionTime#3:time conditions#1:JobCondition[?type] failed#6:int failedIndexes#10* ready#9*:int
  startTime#2:time succeeded#5:int terminating#11*:int uncountedTerminatedPods#8:UncountedTerminatedPods
CronJobSpec: concurrencyPolicy#3:string=Allow failedJobsHistoryLimit#7*:int=1 jobTemplate!#5:JobTemplateSpec schedule!#1
  startingDeadlineSeconds#2*:int64 successfulJobsHistoryLimit#6*:int=3 suspend#4*:bool=false timeZone#8*
CronJobStatus: active#1:ObjectReference[] lastScheduleTime#4:time lastSuccessfulTime#5:time
HorizontalPodAutoscalerSpec: behavior#5:HorizontalPodAutoscalerBehavior maxReplicas!#3:int metrics#4:MetricSpec[] minReplicas#2*:int=1
  scaleTargetRef!#1:CrossVersionObjectReference
HorizontalPodAutoscalerStatus: conditions#6:HorizontalPodAutoscalerCondition[type] currentMetrics#5:MetricStatus[] currentReplicas#3:int
  desiredReplicas#4:int lastScaleTime#2:time observedGeneration#1*:int64
PodDisruptionBudgetSpec: maxUnavailable#3:intOrString minAvailable#1:intOrString selector#2:LabelSelector unhealthyPodEvictionPolicy#4*
PodDisruptionBudgetStatus: conditions#7:Condition[type] currentHealthy#4:int desiredHealthy#5:int disruptedPods#2:time{} disruptionsAllowed#3:int
  expectedPods#6:int observedGeneration#1:int64
DeploymentStrategy: rollingUpdate#2:RollingUpdateDeployment type#1
PodTemplateSpec: metadata#1:ObjectMeta spec#2:PodSpec
DeploymentCondition: lastTransitionTime#7:time lastUpdateTime#6:time message#5 reason#4 status#2 type#1
ReplicaSetCondition: lastTransitionTime#3:time message#5 reason#4 status#2 type#1
StatefulSetOrdinals: start#1:int
StatefulSetPersistentVolumeClaimRetentionPolicy: whenDeleted#1 whenScaled#2
StatefulSetUpdateStrategy: rollingUpdate#2:RollingUpdateStatefulSetStrategy type#1
StatefulSetCondition: lastTransitionTime#3:time message#5 reason#4 status#2 type#1
DaemonSetUpdateStrategy: rollingUpdate#2:RollingUpdateDaemonSet type#1
DaemonSetCondition: lastTransitionTime#3:time message#5 reason#4 status#2 type#1
PodFailurePolicy: rules!#1:PodFailurePolicyRule[]
SuccessPolicy: rules!#1:SuccessPolicyRule[]
JobCondition: lastProbeTime#3:time lastTransitionTime#4:time message#6 reason#5 status#2 type#1
UncountedTerminatedPods: failed#2:string[!=] succeeded#1:string[!=]
JobTemplateSpec: metadata#1:ObjectMeta spec#2:JobSpec
HorizontalPodAutoscalerBehavior: scaleDown#2:HPAScalingRules scaleUp#1:HPAScalingRules
MetricSpec: containerResource#7:ContainerResourceMetricSource external#5:ExternalMetricSource object#2:ObjectMetricSource pods#3:PodsMetricSource
  resource#4:ResourceMetricSource type!#1
CrossVersionObjectReference: apiVersion#3 kind!#1 name!#2
HorizontalPodAutoscalerCondition: lastTransitionTime#3:time message#5 reason#4 status#2 type#1
MetricStatus: containerResource#7:ContainerResourceMetricStatus external#5:ExternalMetricStatus object#2:ObjectMetricStatus pods#3:PodsMetricStatus
  resource#4:ResourceMetricStatus type#1
RollingUpdateDeployment: maxSurge#2:intOrString maxUnavailable#1:intOrString
RollingUpdateStatefulSetStrategy: maxUnavailable#2:intOrString partition#1*:int
RollingUpdateDaemonSet: maxSurge#2:intOrString maxUnavailable#1:intOrString
PodFailurePolicyRule: action!#1 onExitCodes#2:PodFailurePolicyOnExitCodesRequirement onPodConditions#3:PodFailurePolicyOnPodConditionsPattern[]
SuccessPolicyRule: succeededCount#2*:int succeededIndexes#1*
HPAScalingRules: policies#2:HPAScalingPolicy[] selectPolicy#1* stabilizationWindowSeconds#3*:int tolerance#4:quantity
ContainerResourceMetricSource: container!#3 name!#1 target!#2:MetricTarget
ExternalMetricSource: metric!#1:MetricIdentifier target!#2:MetricTarget
ObjectMetricSource: describedObject!#1:CrossVersionObjectReference metric!#3:MetricIdentifier target!#2:MetricTarget
PodsMetricSource: metric!#1:MetricIdentifier target!#2:MetricTarget
ResourceMetricSource: name!#1 target!#2:MetricTarget
ContainerResourceMetricStatus: container#3 current#2:MetricValueStatus name#1
ExternalMetricStatus: current#2:MetricValueStatus metric#1:MetricIdentifier
ObjectMetricStatus: current#2:MetricValueStatus describedObject#3:CrossVersionObjectReference metric#1:MetricIdentifier
PodsMetricStatus: current#2:MetricValueStatus metric#1:MetricIdentifier
ResourceMetricStatus: current#2:MetricValueStatus name#1
PodFailurePolicyOnExitCodesRequirement: containerName#1* operator!#2 values!#3:int[!=]
PodFailurePolicyOnPodConditionsPattern: status#2 type!#1
HPAScalingPolicy: periodSeconds!#3:int type!#1 value!#2:int
MetricTarget: averageUtilization#4*:int averageValue#3:quantity type!#1 value#2:quantity
MetricIdentifier: name!#1 selector#2:LabelSelector
MetricValueStatus: averageUtilization#3*:int averageValue#2:quantity value#1:quantity
`
