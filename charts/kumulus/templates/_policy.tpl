{{/* Whom a policy judges: everybody but the platform. Given `users` and `groups`, which are the platform. */}}
{{- define "kumulus.tenants" -}}
- name: not-the-platform
  expression: >-
    !(request.userInfo.username in {{ toJson .users }})
    && !(has(request.userInfo.groups) && request.userInfo.groups.exists(group, group in {{ toJson .groups }}))
{{- end }}
