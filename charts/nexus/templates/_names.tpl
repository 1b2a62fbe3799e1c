{{- define "nexus.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* The names of the server's pods; the tenants' fences let pods with the first two in. */}}
{{- define "nexus.selector" -}}
app.kubernetes.io/name: nexus
app.kubernetes.io/component: server
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "nexus.labels" -}}
app.kubernetes.io/name: nexus
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "nexus.name" -}}
{{ .Values.fullnameOverride }}
{{- end -}}

{{- define "nexus.replicas" -}}
{{- if kindIs "invalid" .Values.replicas -}}
{{ ternary 2 1 (eq .Values.database.type "postgres") }}
{{- else -}}
{{ int .Values.replicas }}
{{- end -}}
{{- end -}}

{{- define "nexus.secretName" -}}
{{ .Values.secrets.existingSecret | default (printf "%s-secrets" (include "nexus.name" .)) }}
{{- end -}}

{{- define "nexus.claimName" -}}
{{ .Values.persistence.existingClaim | default (printf "%s-data" (include "nexus.name" .)) }}
{{- end -}}
