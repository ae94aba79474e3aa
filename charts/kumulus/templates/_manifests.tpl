{{/*
Manifests that are kept as plain YAML in files/, because tests and generators read them too: each document of `text` with the release's labels and its
namespace in place of the one that the file is written for. Given `root`, `text`, and `annotations` where there are any to add.
*/}}
{{- define "kumulus.manifests" -}}
{{- $root := .root }}
{{- $annotations := .annotations | default dict }}
{{- range $text := splitList "\n---\n" .text }}
{{- $object := fromYaml $text }}
{{- $metadata := $object.metadata }}
{{- $_ := set $metadata "labels" (merge (include "kumulus.labels" $root | fromYaml) ($metadata.labels | default dict)) }}
{{- if $metadata.namespace }}{{ $_ := set $metadata "namespace" $root.Release.Namespace }}{{ end }}
{{- range $object.subjects }}
{{- if .namespace }}{{ $_ := set . "namespace" $root.Release.Namespace }}{{ end }}
{{- end }}
{{- with $annotations }}{{ $_ := set $metadata "annotations" (merge . ($metadata.annotations | default dict)) }}{{ end }}
---
{{ toYaml $object }}
{{- end }}
{{- end }}
