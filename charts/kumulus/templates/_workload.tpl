{{/* Pod template of one of our programs. Given `root`, `program`, `shard`, `settings` (its values), `arguments`, `ports`, and
`catalog`, the text of the catalogue where it reads one. */}}
{{- define "kumulus.pod" -}}
{{- $selector := include "kumulus.selector" . | fromYaml -}}
metadata:
  labels:
    {{- merge (dict) $selector (include "kumulus.labels" .root | fromYaml) .settings.podLabels | toYaml | nindent 4 }}
  annotations:
    kubectl.kubernetes.io/default-container: {{ .program }}
    {{- with .catalog }}
    checksum/catalog: {{ sha256sum . }}
    {{- end }}
    {{- with .settings.podAnnotations }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  serviceAccountName: kumulus-{{ .program }}
  {{- with .root.Values.imagePullSecrets }}
  imagePullSecrets: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with .settings.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    seccompProfile: {type: RuntimeDefault}
  terminationGracePeriodSeconds: 30
  {{- with .settings.nodeSelector }}
  nodeSelector: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with .settings.tolerations }}
  tolerations: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with .settings.affinity }}
  affinity: {{ toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: {{ toYaml $selector | nindent 10 }}
      matchLabelKeys: [pod-template-hash]
    {{- end }}
  containers:
    - name: {{ .program }}
      image: {{ include "kumulus.image" .root | quote }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      command: [node, /kumulus/{{ .program }}.js]
      args: {{ toYaml .arguments | nindent 8 }}
      ports:
        {{- range $name, $port := .ports }}
        - {name: {{ $name }}, containerPort: {{ $port }}, protocol: TCP}
        {{- end }}
      # Loading and the first lists of a large fleet take a while; a process that is loaded is alive.
      startupProbe:
        httpGet: {path: /healthz, port: probes}
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: {path: /healthz, port: probes}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: {path: /readyz, port: probes}
        periodSeconds: 5
        timeoutSeconds: 3
      resources: {{ toYaml .settings.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      {{- if .catalog }}
      volumeMounts:
        - {name: catalog, mountPath: /etc/kumulus, readOnly: true}
      {{- end }}
  {{- if .catalog }}
  volumes:
    - {name: catalog, configMap: {name: kumulus-catalog}}
  {{- end }}
{{- end }}

{{/* Flags that both programs take. Given `root`, `metrics` and `probes` (ports). */}}
{{- define "kumulus.arguments" -}}
{{- $values := .root.Values -}}
- --operator-namespace={{ .root.Release.Namespace }}
- --log-level={{ $values.logLevel }}
- --default-volume-type={{ $values.defaultVolumeType }}
{{- with $values.images.storageClassName }}
- --storage-class-for-images={{ . }}
{{- end }}
{{- range $values.images.sources }}
- --image-sources={{ . }}
{{- end }}
{{- range $values.images.platformRanges }}
- --platform-ranges={{ . }}
{{- end }}
- --metrics-address=:{{ .metrics }}
- --probe-address=:{{ .probes }}
{{- end }}

{{/* At most one of a workload's pods away. Given `root`, `name`, `program`, `shard`, `settings`. */}}
{{- define "kumulus.disruption" -}}
{{- if and .root.Values.podDisruptionBudget.enabled (gt (int .settings.replicas) 1) }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{ include "kumulus.labels" .root | nindent 4 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{ include "kumulus.selector" . | nindent 6 }}
{{- end }}
{{- end }}
