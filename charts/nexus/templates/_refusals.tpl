{{/* What the schema cannot see: values that do not go together. */}}
{{- define "nexus.refusals" -}}
{{- $database := .Values.database -}}
{{- $replicas := int (include "nexus.replicas" .) -}}
{{- if and (eq $database.type "sqlite") (gt $replicas 1) -}}
{{- fail (printf "replicas: %d servers cannot share SQLite; set replicas to 1, or database.type to postgres" $replicas) -}}
{{- end -}}
{{- if and (eq $database.type "postgres") (not $database.existingSecret) -}}
{{- fail "database.existingSecret: with database.type postgres it must name the Secret that holds the URL of the database" -}}
{{- end -}}
{{- if and (eq $database.type "sqlite") $database.existingSecret -}}
{{- fail "database.existingSecret: it is for PostgreSQL; set database.type to postgres, or leave it empty" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) -}}
{{- fail "ingress.hosts: an Ingress needs at least one host name" -}}
{{- end -}}
{{- if and .Values.gateway.enabled (not .Values.gateway.parentRefs) -}}
{{- fail "gateway.parentRefs: an HTTPRoute needs at least one Gateway" -}}
{{- end -}}
{{- if or (eq .Release.Namespace "default") (hasPrefix "kube-" .Release.Namespace) -}}
{{- fail (printf "namespace: %s cannot be the namespace of Nexus; use -n nexus-system --create-namespace" .Release.Namespace) -}}
{{- end -}}
{{- end -}}
