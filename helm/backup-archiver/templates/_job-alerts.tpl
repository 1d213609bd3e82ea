{{/*
The last run of each of these CronJobs failed: it is scheduled after the last success, and not running any more. A CronJob that
never succeeded has no success. Takes the selector.
*/}}
{{- define "archiver.lastRunFailed" -}}
(
  kube_cronjob_status_last_schedule_time{ {{- . -}} } > on (namespace, cronjob) kube_cronjob_status_last_successful_time
  or on (namespace, cronjob)
  kube_cronjob_status_last_schedule_time{ {{- . -}} } unless on (namespace, cronjob) kube_cronjob_status_last_successful_time
)
and on (namespace, cronjob) kube_cronjob_status_active == 0
{{- end -}}

{{/* The alerts of the CronJobs that read archives back and restore them, from kube-state-metrics. */}}
{{- define "archiver.jobRules" -}}
{{- if and (eq .Values.mode "cronJob") (dig "verify" "cron" "" .Values.config) }}
- alert: BackupArchiverVerifyFailed
  expr: |-
    {{- include "archiver.lastRunFailed" (printf "namespace=%q,cronjob=%q" .Release.Namespace (include "archiver.verifyName" .)) | nindent 4 }}
  for: 5m
  labels:
    {{- include "archiver.alertLabels" . | nindent 4 }}
  annotations:
    summary: An archive was read back and found wrong, or could not be read
    description: {{ "The log's verify.failed names it, and `backup-archiver status` too." | quote }}
{{- end }}
{{- if dig "restoreTest" "cron" "" .Values.config }}
- alert: BackupArchiverRestoreTestFailed
  expr: |-
    {{- include "archiver.lastRunFailed" (printf "namespace=%q,cronjob=%q" .Release.Namespace (include "archiver.restoreTestName" .)) | nindent 4 }}
  for: 5m
  labels:
    {{- include "archiver.alertLabels" . | nindent 4 }}
  annotations:
    summary: An archive could not be restored
    description: {{ "The log's restore.failed names it and says why." | quote }}
{{- end }}
{{- end -}}
