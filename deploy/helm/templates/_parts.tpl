{{/* Names and parts that several manifests share. */}}

{{- define "ciam.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "ciam.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "ciam.labels" -}}
{{ include "ciam.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "ciam.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "ciam.secretVariable" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef: {name: {{ .secret | quote }}, key: {{ .key | quote }}}
{{- end -}}

{{/* The environment of every container: secrets by reference, never as values. */}}
{{- define "ciam.env" -}}
- {name: CIAM_ISSUER, value: {{ .Values.issuer | quote }}}
- {name: CIAM_HOME, value: /var/lib/ciam}
- {name: CIAM_HOST, value: "0.0.0.0"}
- {name: CIAM_PORT, value: "8000"}
- {name: CIAM_DATABASE_POOL, value: {{ .Values.databasePool | quote }}}
- {name: CIAM_DRAIN, value: {{ .Values.drainSeconds | quote }}}
- {name: CIAM_LOG_FORMAT, value: json}
- {name: CIAM_LOG_LEVEL, value: {{ .Values.logLevel }}}
{{- with .Values.mailFrom }}
- {name: CIAM_MAIL_FROM, value: {{ . | quote }}}
{{- end }}
{{- with .Values.trustedProxies }}
- {name: CIAM_TRUSTED_PROXIES, value: {{ join "," . | quote }}}
{{- end }}
{{- $secret := .Values.secret.name }}
{{- with .Values.secret.keys }}
{{ include "ciam.secretVariable" (dict "name" "CIAM_MASTER_KEY" "secret" $secret "key" .masterKey) }}
{{ include "ciam.secretVariable" (dict "name" "CIAM_DATABASE_URL" "secret" $secret "key" .databaseUrl) }}
{{ include "ciam.secretVariable" (dict "name" "CIAM_MAIL_URL" "secret" $secret "key" .mailUrl) }}
{{- if .redisUrl }}
{{ include "ciam.secretVariable" (dict "name" "CIAM_REDIS_URL" "secret" $secret "key" .redisUrl) }}
{{- end }}
{{- if .smsUrl }}
{{ include "ciam.secretVariable" (dict "name" "CIAM_SMS_URL" "secret" $secret "key" .smsUrl) }}
{{- end }}
{{- end }}
{{- range $name, $value := .Values.env }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end -}}

{{/* What only those that serve need. */}}
{{- define "ciam.servingEnv" -}}
{{- if .Values.metrics.enabled }}
- {name: CIAM_METRICS_PORT, value: {{ .Values.metrics.port | quote }}}
- {name: CIAM_METRICS_HOST, value: "0.0.0.0"}
{{- end }}
{{- with .Values.traces.endpoint }}
- {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }}}
- {name: OTEL_SERVICE_NAME, value: {{ include "ciam.name" $ }}}
- {name: OTEL_TRACES_SAMPLER, value: parentbased_traceidratio}
- {name: OTEL_TRACES_SAMPLER_ARG, value: {{ $.Values.traces.sampleRatio | quote }}}
{{- end }}
{{- end -}}

{{/* The user is the image's own; no token of the cluster is mounted. */}}
{{- define "ciam.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The root is read-only: the home and /tmp are all that can be written, and go with the pod. */}}
{{- define "ciam.container" -}}
image: {{ include "ciam.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{- define "ciam.mounts" -}}
- {name: home, mountPath: /var/lib/ciam}
- {name: tmp, mountPath: /tmp}
{{- end -}}

{{- define "ciam.volumes" -}}
- name: home
  emptyDir: {sizeLimit: 256Mi}
- name: tmp
  emptyDir: {sizeLimit: 64Mi}
{{- end -}}

{{- define "ciam.jobResources" -}}
requests: {cpu: 100m, memory: 192Mi}
limits: {memory: 384Mi}
{{- end -}}
