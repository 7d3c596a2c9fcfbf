{{- define "backflag.name" -}}
{{- if contains "backflag" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}{{ printf "%s-backflag" (.Release.Name | trunc 40 | trimSuffix "-") }}{{ end }}
{{- end }}

{{- define "backflag.selector" -}}
app.kubernetes.io/name: backflag
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: service
{{- end }}

{{- define "backflag.labels" -}}
app.kubernetes.io/name: backflag
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "backflag.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}
{{- else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- define "backflag.kind" -}}
{{ ternary "StatefulSet" "Deployment" .Values.spool.persistent }}
{{- end }}

{{- define "backflag.siteMap" -}}
{{- if .Values.site.configMap }}{{ .Values.site.configMap }}
{{- else if .Values.site.files }}{{ include "backflag.name" . }}-site{{ end }}
{{- end }}

{{- define "backflag.host" -}}
{{ .Values.ingress.host | default (index (urlParse .Values.baseUrl) "hostname") }}
{{- end }}

{{/* What every pod of ours is denied. */}}
{{- define "backflag.podSecurity" -}}
runAsNonRoot: true
{{- with .Values.uid }}
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "backflag.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* The database: its address, and the file of its password. */}}
{{- define "backflag.databaseEnv" -}}
{{- with .Values.database }}
- name: BACKFLAG_DATABASE_URL
{{- if .urlSecret.name }}
  valueFrom:
    secretKeyRef:
      name: {{ .urlSecret.name }}
      key: {{ .urlSecret.key }}
{{- else }}
  value: {{ .url | quote }}
{{- if .passwordSecret.name }}
- name: BACKFLAG_DATABASE_PASSWORD_FILE
  value: /etc/backflag/database/password
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.authority.configMap }}
- name: SSL_CERT_FILE
  value: /etc/backflag/authority/ca.crt
{{- end }}
{{- end }}

{{- define "backflag.databaseMounts" -}}
{{- if include "backflag.passwordFile" . }}
- name: database
  mountPath: /etc/backflag/database
  readOnly: true
{{- end }}
{{- if .Values.authority.configMap }}
- name: authority
  mountPath: /etc/backflag/authority
  readOnly: true
{{- end }}
{{- end }}

{{- define "backflag.databaseVolumes" -}}
{{- if include "backflag.passwordFile" . }}
{{- with .Values.database.passwordSecret }}
- name: database
  secret:
    secretName: {{ .name }}
    defaultMode: 0440
    items: [{key: {{ .key }}, path: password}]
{{- end }}
{{- end }}
{{- with .Values.authority }}
{{- if .configMap }}
- name: authority
  configMap:
    name: {{ .configMap }}
    items: [{key: {{ .key }}, path: ca.crt}]
{{- end }}
{{- end }}
{{- end }}

{{- define "backflag.passwordFile" -}}
{{- with .Values.database }}{{ if and (not .urlSecret.name) .passwordSecret.name }}yes{{ end }}{{ end }}
{{- end }}

{{/* Where a pod may go to ask for names, and to the database. */}}
{{- define "backflag.outToDatabase" -}}
- to: {{- toYaml .Values.networkPolicy.dns | nindent 4 }}
  ports:
    {{- range .Values.networkPolicy.dnsPorts }}
    - {port: {{ . }}, protocol: UDP}
    - {port: {{ . }}, protocol: TCP}
    {{- end }}
- to: {{- toYaml .Values.networkPolicy.database | nindent 4 }}
  ports:
    - {port: {{ .Values.networkPolicy.databasePort }}, protocol: TCP}
{{- end }}
