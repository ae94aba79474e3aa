/** What Helm charts install beside pods: stored, not acted upon. See `schema-language.ts` for how to read it. */
export const workloadsTypes = `
Deployment: spec:DeploymentSpec status:DeploymentStatus
ReplicaSet: spec:ReplicaSetSpec status:ReplicaSetStatus
StatefulSet: spec:StatefulSetSpec status:StatefulSetStatus
DaemonSet: spec:DaemonSetSpec status:DaemonSetStatus
ControllerRevision: data:any revision!:int64
Job: spec:JobSpec status:JobStatus
CronJob: spec!:CronJobSpec status:CronJobStatus
HorizontalPodAutoscaler: spec!:HorizontalPodAutoscalerSpec status:HorizontalPodAutoscalerStatus
PodDisruptionBudget: spec:PodDisruptionBudgetSpec status:PodDisruptionBudgetStatus
PriorityClass: description globalDefault:bool preemptionPolicy:string=PreemptLowerPriority value:int
DeploymentSpec: minReadySeconds:int paused:bool progressDeadlineSeconds:int=600 replicas:int=1 revisionHistoryLimit:int=10 selector!:LabelSelector
  strategy:DeploymentStrategy~ template!:PodTemplateSpec
DeploymentStatus: availableReplicas:int collisionCount:int conditions:DeploymentCondition[type] observedGeneration:int64 readyReplicas:int
  replicas:int terminatingReplicas:int unavailableReplicas:int updatedReplicas:int
ReplicaSetSpec: minReadySeconds:int replicas:int=1 selector!:LabelSelector template:PodTemplateSpec
ReplicaSetStatus: availableReplicas:int conditions:ReplicaSetCondition[type] fullyLabeledReplicas:int observedGeneration:int64 readyReplicas:int
  replicas:int terminatingReplicas:int
StatefulSetSpec: minReadySeconds:int ordinals:StatefulSetOrdinals
  persistentVolumeClaimRetentionPolicy:StatefulSetPersistentVolumeClaimRetentionPolicy podManagementPolicy:string=OrderedReady replicas:int=1
  revisionHistoryLimit:int=10 selector:LabelSelector serviceName template:PodTemplateSpec updateStrategy:StatefulSetUpdateStrategy
  volumeClaimTemplates:PersistentVolumeClaim[]
StatefulSetStatus: availableReplicas:int collisionCount:int conditions:StatefulSetCondition[type] currentReplicas:int currentRevision
  observedGeneration:int64 readyReplicas:int replicas:int updateRevision updatedReplicas:int
DaemonSetSpec: minReadySeconds:int revisionHistoryLimit:int=10 selector!:LabelSelector template!:PodTemplateSpec
  updateStrategy:DaemonSetUpdateStrategy
DaemonSetStatus: collisionCount:int conditions:DaemonSetCondition[type] currentNumberScheduled:int desiredNumberScheduled:int numberAvailable:int
  numberMisscheduled:int numberReady:int numberUnavailable:int observedGeneration:int64 updatedNumberScheduled:int
JobSpec: activeDeadlineSeconds:int64 backoffLimit:int=6 backoffLimitPerIndex:int completionMode:string=NonIndexed completions:int managedBy
  manualSelector:bool maxFailedIndexes:int parallelism:int podFailurePolicy:PodFailurePolicy podReplacementPolicy selector:LabelSelector
  successPolicy:SuccessPolicy suspend:bool=false template!:PodTemplateSpec ttlSecondsAfterFinished:int
JobStatus: active:int completedIndexes completionTime:time conditions:JobCondition[?type] failed:int failedIndexes ready:int startTime:time
  succeeded:int terminating:int uncountedTerminatedPods:UncountedTerminatedPods
CronJobSpec: concurrencyPolicy:string=Allow failedJobsHistoryLimit:int=1 jobTemplate!:JobTemplateSpec schedule! startingDeadlineSeconds:int64
  successfulJobsHistoryLimit:int=3 suspend:bool=false timeZone
CronJobStatus: active:ObjectReference[] lastScheduleTime:time lastSuccessfulTime:time
HorizontalPodAutoscalerSpec: behavior:HorizontalPodAutoscalerBehavior maxReplicas!:int metrics:MetricSpec[] minReplicas:int=1
  scaleTargetRef!:CrossVersionObjectReference
HorizontalPodAutoscalerStatus: conditions:HorizontalPodAutoscalerCondition[type] currentMetrics:MetricStatus[] currentReplicas:int
  desiredReplicas:int lastScaleTime:time observedGeneration:int64
PodDisruptionBudgetSpec: maxUnavailable:intOrString minAvailable:intOrString selector:LabelSelector unhealthyPodEvictionPolicy
PodDisruptionBudgetStatus: conditions:Condition[type] currentHealthy:int desiredHealthy:int disruptedPods:time{} disruptionsAllowed:int
  expectedPods:int observedGeneration:int64
DeploymentStrategy: rollingUpdate:RollingUpdateDeployment type
PodTemplateSpec: metadata:ObjectMeta spec:PodSpec
DeploymentCondition: lastTransitionTime:time lastUpdateTime:time message reason status type
ReplicaSetCondition: lastTransitionTime:time message reason status type
StatefulSetOrdinals: start:int
StatefulSetPersistentVolumeClaimRetentionPolicy: whenDeleted whenScaled
StatefulSetUpdateStrategy: rollingUpdate:RollingUpdateStatefulSetStrategy type
StatefulSetCondition: lastTransitionTime:time message reason status type
DaemonSetUpdateStrategy: rollingUpdate:RollingUpdateDaemonSet type
DaemonSetCondition: lastTransitionTime:time message reason status type
PodFailurePolicy: rules!:PodFailurePolicyRule[]
SuccessPolicy: rules!:SuccessPolicyRule[]
JobCondition: lastProbeTime:time lastTransitionTime:time message reason status type
UncountedTerminatedPods: failed:string[!=] succeeded:string[!=]
JobTemplateSpec: metadata:ObjectMeta spec:JobSpec
HorizontalPodAutoscalerBehavior: scaleDown:HPAScalingRules scaleUp:HPAScalingRules
MetricSpec: containerResource:ContainerResourceMetricSource external:ExternalMetricSource object:ObjectMetricSource pods:PodsMetricSource
  resource:ResourceMetricSource type!
CrossVersionObjectReference: apiVersion kind! name!
HorizontalPodAutoscalerCondition: lastTransitionTime:time message reason status type
MetricStatus: containerResource:ContainerResourceMetricStatus external:ExternalMetricStatus object:ObjectMetricStatus pods:PodsMetricStatus
  resource:ResourceMetricStatus type
RollingUpdateDeployment: maxSurge:intOrString maxUnavailable:intOrString
RollingUpdateStatefulSetStrategy: maxUnavailable:intOrString partition:int
RollingUpdateDaemonSet: maxSurge:intOrString maxUnavailable:intOrString
PodFailurePolicyRule: action! onExitCodes:PodFailurePolicyOnExitCodesRequirement onPodConditions:PodFailurePolicyOnPodConditionsPattern[]
SuccessPolicyRule: succeededCount:int succeededIndexes
HPAScalingRules: policies:HPAScalingPolicy[] selectPolicy stabilizationWindowSeconds:int tolerance:quantity
ContainerResourceMetricSource: container! name! target!:MetricTarget
ExternalMetricSource: metric!:MetricIdentifier target!:MetricTarget
ObjectMetricSource: describedObject!:CrossVersionObjectReference metric!:MetricIdentifier target!:MetricTarget
PodsMetricSource: metric!:MetricIdentifier target!:MetricTarget
ResourceMetricSource: name! target!:MetricTarget
ContainerResourceMetricStatus: container current:MetricValueStatus name
ExternalMetricStatus: current:MetricValueStatus metric:MetricIdentifier
ObjectMetricStatus: current:MetricValueStatus describedObject:CrossVersionObjectReference metric:MetricIdentifier
PodsMetricStatus: current:MetricValueStatus metric:MetricIdentifier
ResourceMetricStatus: current:MetricValueStatus name
PodFailurePolicyOnExitCodesRequirement: containerName operator! values!:int[!=]
PodFailurePolicyOnPodConditionsPattern: status type!
HPAScalingPolicy: periodSeconds!:int type! value!:int
MetricTarget: averageUtilization:int averageValue:quantity type! value:quantity
MetricIdentifier: name! selector:LabelSelector
MetricValueStatus: averageUtilization:int averageValue:quantity value:quantity
`
