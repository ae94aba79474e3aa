{{/* Names are fixed, because one cluster has one Kumulus: its CustomResourceDefinitions and webhooks are the cluster's. */}}

{{- define "kumulus.labels" -}}
app.kubernetes.io/part-of: kumulus
app.kubernetes.io/name: kumulus
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Of a workload's pods, never to be changed: a Deployment's selector is immutable. Given `program` and, for the operator, `shard`. */}}
{{- define "kumulus.selector" -}}
app.kubernetes.io/name: kumulus
app.kubernetes.io/component: {{ .program }}
{{- if eq .program "operator" }}
kumulus-shard: {{ .shard | default "" | quote }}
{{- end }}
{{- end }}

{{- define "kumulus.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}
