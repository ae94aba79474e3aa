{{/* The manifests that the operator offers; empty where nothing is offered. */}}
{{- define "kumulus.catalog" -}}
{{- $types := .Values.instanceTypes }}
{{- if $types.enabled }}
{{- $families := .Files.Get "files/catalog/instance-types.yaml" | fromYaml }}
{{- range $family := $types.families }}
{{- range $size, $figures := (get $families $family).sizes }}
{{- $spec := merge (dict "family" (get $families $family).family) $figures }}
{{- if $figures.gpus }}{{ $_ := set $spec "gpus" (list (dict "deviceName" $types.gpuDeviceName "count" $figures.gpus)) }}{{ end }}
---
{{ dict "apiVersion" "kumulus.dev/v1alpha1" "kind" "InstanceType" "metadata" (dict "name" (printf "%s.%s" $family $size)) "spec" $spec | toYaml }}
{{- end }}
{{- end }}
{{- end }}
{{- $types = .Values.volumeTypes }}
{{- if $types.enabled }}
{{- $all := .Files.Get "files/catalog/volume-types.yaml" | fromYaml }}
{{- range $name := $types.names }}
{{- $spec := get $all $name }}
{{- with get $types.storageClassNames $name | default $types.storageClassName }}{{ $_ := set $spec "storageClassName" . }}{{ end }}
{{- with $types.attributeParameters }}{{ $_ := set $spec "volumeAttributeParameters" . }}{{ end }}
{{- with $types.encryptedStorageClassName }}{{ $_ := set $spec "encryptedStorageClassName" . }}{{ end }}
---
{{ dict "apiVersion" "kumulus.dev/v1alpha1" "kind" "VolumeType" "metadata" (dict "name" $name) "spec" $spec | toYaml }}
{{- end }}
{{- end }}
{{- end }}
