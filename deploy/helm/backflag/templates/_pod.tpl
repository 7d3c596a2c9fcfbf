{{/* Seconds within which a pod has ended: the delay, and then as the service bounds each step
     (calls: the deadline and 10 s; connections 2 s; records twice 3 s; traces 2 s), and 5 s. */}}
{{- define "backflag.graceSeconds" -}}
{{- $deadline := index .Values.settings "BACKFLAG_DEADLINE_MS" | default 2000 | int }}
{{- add .Values.stopDelaySeconds (div (add $deadline 999) 1000) 10 2 6 2 5 }}
{{- end }}

{{- define "backflag.env" -}}
- name: BACKFLAG_AUTH
  value: required
- name: BACKFLAG_BASE_URL
  value: {{ required "baseUrl: the public address, as the EHR calls it" .Values.baseUrl | quote }}
- name: BACKFLAG_CLIENTS_FILE
  value: /etc/backflag/clients/{{ .Values.clients.key }}
- name: BACKFLAG_PATIENT_KEY_FILE
  value: /etc/backflag/patients/patient.key
- name: BACKFLAG_SPOOL_DIR
  value: /var/lib/backflag/spool
- name: BACKFLAG_SPOOL_MAX_MB
  value: {{ int .Values.spool.maxMb | quote }}
- name: BACKFLAG_STOP_DELAY_S
  value: {{ .Values.stopDelaySeconds | quote }}
- name: BACKFLAG_INSIGHTS
  value: {{ ternary "on" "off" .Values.insights.enabled | quote }}
{{- if .Values.insights.enabled }}
- name: BACKFLAG_INSIGHTS_LOGIN
  value: {{ .Values.insights.login }}
{{- if eq .Values.insights.login "password" }}
- name: BACKFLAG_INSIGHTS_PASSWORD_FILE
  value: /etc/backflag/insights/password
{{- end }}
{{- end }}
{{- if include "backflag.siteMap" . }}
- name: BACKFLAG_SITE_DIR
  value: /etc/backflag/site
{{- end }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ (kindIs "string" $value | ternary $value (toJson $value)) | quote }}
{{- end }}
{{ include "backflag.databaseEnv" . | trim }}
{{- end }}

{{- define "backflag.mounts" -}}
- name: state
  mountPath: /var/lib/backflag
- name: tmp
  mountPath: /tmp
- name: clients
  mountPath: /etc/backflag/clients
  readOnly: true
- name: patients
  mountPath: /etc/backflag/patients
  readOnly: true
{{- if and .Values.insights.enabled (eq .Values.insights.login "password") }}
- name: insights
  mountPath: /etc/backflag/insights
  readOnly: true
{{- end }}
{{- if include "backflag.siteMap" . }}
- name: site
  mountPath: /etc/backflag/site
  readOnly: true
{{- end }}
{{- include "backflag.databaseMounts" . }}
{{- with .Values.volumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "backflag.volumes" -}}
{{- if not .Values.spool.persistent }}
- name: state
  emptyDir:
    # beyond it the pod would be evicted, so it is more than the service ever writes there
    sizeLimit: {{ div (mul .Values.spool.maxMb 3) 2 }}M
{{- end }}
- name: tmp
  emptyDir:
    sizeLimit: 256M
- name: clients
  secret:
    secretName: {{ .Values.clients.secret }}
    defaultMode: 0440
- name: patients
  secret:
    secretName: {{ .Values.patientKey.secret }}
    defaultMode: 0440
    items: [{key: {{ .Values.patientKey.key }}, path: patient.key}]
{{- if and .Values.insights.enabled (eq .Values.insights.login "password") }}
- name: insights
  secret:
    secretName: {{ .Values.insights.passwordSecret.name }}
    defaultMode: 0440
    items: [{key: {{ .Values.insights.passwordSecret.key }}, path: password}]
{{- end }}
{{- with include "backflag.siteMap" . }}
- name: site
  configMap:
    name: {{ . }}
{{- end }}
{{- include "backflag.databaseVolumes" . }}
{{- with .Values.volumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "backflag.pod" -}}
metadata:
  labels:
    {{- include "backflag.labels" . | nindent 4 }}
    app.kubernetes.io/component: service
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/site: {{ toJson .Values.site.files | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with .Values.serviceAccountName }}
  serviceAccountName: {{ . }}
  {{- end }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext: {{- include "backflag.podSecurity" . | nindent 4 }}
  terminationGracePeriodSeconds: {{ include "backflag.graceSeconds" . }}
  topologySpreadConstraints:
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - topologyKey: {{ . }}
      maxSkew: 1
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: {{- include "backflag.selector" $ | nindent 10 }}
      {{- if not $.Values.spool.persistent }}
      matchLabelKeys: [pod-template-hash]
      {{- end }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: backflag
      image: {{ include "backflag.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [serve, --host, 0.0.0.0, --port, "8000"]
      securityContext: {{- include "backflag.containerSecurity" . | nindent 8 }}
      ports:
        - name: http
          containerPort: 8000
      env: {{- include "backflag.env" . | trim | nindent 8 }}
      volumeMounts: {{- include "backflag.mounts" . | trim | nindent 8 }}
      resources: {{- toYaml .Values.resources | nindent 8 }}
      # Ready: it can judge. It stays so without the database, for cards come all the same.
      startupProbe:
        httpGet: {path: /readyz, port: http}
        periodSeconds: 1
        timeoutSeconds: 3
        failureThreshold: 90
      readinessProbe:
        httpGet: {path: /readyz, port: http}
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 3
      livenessProbe:
        httpGet: {path: /livez, port: http}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
  volumes: {{- include "backflag.volumes" . | trim | nindent 4 }}
{{- end }}
