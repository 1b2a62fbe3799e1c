{{- define "nexus.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ int .Values.user }}
runAsGroup: {{ int .Values.user }}
fsGroup: {{ int .Values.user }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "nexus.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/*
The bound of the heap in MB: what the limit of memory leaves when a quarter of it is for everything else,
and never more than the 1500 that do it for the server. Nothing without a limit, for the image has a bound,
and nothing where extraEnv has one.
*/}}
{{- define "nexus.heap" -}}
{{- $limit := dig "limits" "memory" "" (.Values.resources | default dict) -}}
{{- $text := ternary (printf "%.0f" $limit) (toString $limit) (kindIs "float64" $limit) -}}
{{- $units := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- $unit := regexFind "[kMGTi]+$" $text -}}
{{- $own := false -}}
{{- range .Values.extraEnv }}{{ if eq .name "NODE_OPTIONS" }}{{ $own = true }}{{ end }}{{ end -}}
{{- if and (regexMatch "^[0-9]" $text) (not $own) -}}
{{- $bytes := mulf (float64 (trimSuffix $unit $text)) (get $units $unit) -}}
{{- min 1500 (int64 (divf (mulf $bytes 0.75) 1048576)) -}}
{{- end -}}
{{- end -}}

{{/* The variables of the server, and of nexus-admin beside it. */}}
{{- define "nexus.env" -}}
- name: NEXUS_DRIVER
  value: kubernetes
- name: NEXUS_PORT
  value: '8080'
- name: NEXUS_METRICS_PORT
  value: '9090'
- name: NEXUS_DATA_DIR
  value: /var/lib/nexus
- name: NEXUS_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{- with include "nexus.heap" . }}
- name: NODE_OPTIONS
  value: --max-old-space-size={{ . }}
{{- end }}
{{- /* Requests still come to one of several servers until everybody has heard that it goes. */}}
{{- $delay := ternary "5" "0" (eq .Values.database.type "postgres") }}
{{- range $name, $value := merge (dict) .Values.settings (dict "NEXUS_HOST" "0.0.0.0" "NEXUS_SHUTDOWN_DELAY" $delay) }}
- name: {{ $name }}
  value: {{ ternary (printf "%.0f" $value) (toString $value) (kindIs "float64" $value) | quote }}
{{- end }}
{{- if eq .Values.database.type "postgres" }}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ .Values.database.existingSecret }}
      key: {{ .Values.database.existingSecretKey }}
{{- end }}
{{- $secret := include "nexus.secretName" . }}
{{- range $name, $key := dict "NEXUS_JWT_SECRET" "jwt-secret" "NEXUS_ENCRYPTION_KEY" "encryption-key" "NEXUS_ADMIN_PASSWORD" "admin-password" }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ $key }}
{{- end }}
{{- range $name, $key := dict "NEXUS_JWT_SECRET_PREVIOUS" "jwt-secret-previous" "NEXUS_ENCRYPTION_KEY_PREVIOUS" "encryption-key-previous" }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ $key }}
      optional: true
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "nexus.volumeMounts" -}}
- name: data
  mountPath: /var/lib/nexus
- name: tmp
  mountPath: /tmp
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* PostgreSQL leaves nothing in the folder that has to last. */}}
{{- define "nexus.volumes" -}}
- name: data
{{- if eq .Values.database.type "sqlite" }}
  persistentVolumeClaim:
    claimName: {{ include "nexus.claimName" . }}
{{- else }}
  emptyDir: {}
{{- end }}
- name: tmp
  emptyDir: {}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
