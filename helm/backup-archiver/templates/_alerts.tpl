{{/* Seconds of "90m", "30h" or "2d". */}}
{{- define "archiver.seconds" -}}
{{- $unit := dict "m" 60 "h" 3600 "d" 86400 -}}
{{- mul (regexFind "^[0-9]+" . | int64) (get $unit (regexFind "[mhd]$" .)) -}}
{{- end -}}

{{- define "archiver.alertLabels" -}}
{{- toYaml .Values.prometheusRule.alertLabels -}}
{{- end -}}

{{/* The daemon's alerts, from its own metrics. */}}
{{- define "archiver.daemonRules" -}}
{{- $values := .Values.prometheusRule -}}
{{- $selector := $values.selector | default (printf "job=\"%s/%s\"" .Release.Namespace (include "archiver.fullname" .)) -}}
{{- $own := $values.staleAfterByDatabase -}}
{{- $others := $selector -}}
{{- if $own -}}
{{- $names := list -}}
{{- range $name, $_ := $own -}}{{- $names = append $names (regexQuoteMeta $name) -}}{{- end -}}
{{- $others = printf "%s,database!~%s" $selector (join "|" $names | quote) -}}
{{- end -}}
{{- $metric := "backup_archiver_newest_archive_timestamp_seconds" -}}
{{- $longest := include "archiver.seconds" $values.staleAfter | int64 -}}
{{- $ages := list (printf "time() - (%s{%s} > 0) > %d" $metric $others $longest) -}}
{{- range $name, $age := $own -}}
{{- $seconds := include "archiver.seconds" $age | int64 -}}
{{- $ages = append $ages (printf "time() - (%s{%s,database=%q} > 0) > %d" $metric $selector $name $seconds) -}}
{{- $longest = max $longest $seconds -}}
{{- end -}}
- alert: BackupArchiverStale
  expr: |-
    {{- join "\nor\n" $ages | nindent 4 }}
  for: 10m
  labels:
    {{- include "archiver.alertLabels" . | nindent 4 }}
  annotations:
    summary: {{ "The newest archive of {{ $labels.database }} is too old" | quote }}
    description: {{ "It is {{ $value | humanizeDuration }} old." | quote }}
- alert: BackupArchiverNoArchive
  # 0 is "none". A database that was just added has until its first archive would be stale.
  expr: {{ $metric }}{ {{- $selector -}} } == 0
  for: {{ $longest }}s
  labels:
    {{- include "archiver.alertLabels" . | nindent 4 }}
  annotations:
    summary: {{ "There is no archive of {{ $labels.database }}" | quote }}
    description: None of its backups has ever reached the bucket, or all of them were deleted there.
- alert: BackupArchiverRunFailed
  expr: backup_archiver_last_run_success{ {{- $selector -}} } == 0
  labels:
    {{- include "archiver.alertLabels" . | nindent 4 }}
  annotations:
    summary: {{ "The last backup run of {{ $labels.database }} failed" | quote }}
    description: {{ "The log's run.failed and archive.failed say why; the next run goes on from what is in the bucket." | quote }}
- alert: BackupArchiverNoRun
  expr: time() - backup_archiver_last_run_timestamp_seconds{ {{- $selector -}} } > {{ include "archiver.seconds" $values.noRunAfter }}
  labels:
    {{- include "archiver.alertLabels" . | nindent 4 }}
  annotations:
    summary: {{ printf "No backup run of {{ $labels.database }} has ended for %s" $values.noRunAfter | quote }}
    description: The daemon is up and does not finish what its schedule asks for.
- alert: BackupArchiverDamaged
  expr: backup_archiver_damaged_archives{ {{- $selector -}} } > 0
  labels:
    {{- include "archiver.alertLabels" . | nindent 4 }}
  annotations:
    summary: {{ "{{ $value }} archives of {{ $labels.database }} are damaged or gone" | quote }}
    description: {{ "`status` and the log's verify.failed name them. They cannot be restored: look at the older versions of the objects, and take another archive." | quote }}
- alert: BackupArchiverUnverified
  # Only where verify.maxAge or verify.cron is set. A slot that is being read may bring it back to 0.
  expr: backup_archiver_unverified_archives{ {{- $selector -}} } > 0
  for: 3h
  labels:
    {{- include "archiver.alertLabels" . | nindent 4 }}
  annotations:
    summary: {{ "{{ $value }} archives of {{ $labels.database }} were not read back for too long" | quote }}
    description: {{ "The log's verify.failed and verify.completed say why; `verify --deep --database {{ $labels.database }}` reads them all." | quote }}
- alert: BackupArchiverDown
  expr: absent(backup_archiver_build_info{ {{- $selector -}} })
  for: 15m
  labels:
    {{- include "archiver.alertLabels" . | nindent 4 }}
  annotations:
    summary: The backup daemon has not been seen for 15 minutes
    description: It is down or is not scraped; no backup will be archived until it is back.
{{- end -}}

{{/* The CronJobs' alerts, from kube-state-metrics: their pods are gone before they are scraped. */}}
{{- define "archiver.cronJobRules" -}}
{{- $values := .Values.prometheusRule -}}
{{- $names := list -}}
{{- $ownNames := list -}}
{{- if eq .Values.cronJob.layout "perDatabase" -}}
{{- range .Values.config.databases -}}
{{- $name := include "archiver.cronJobName" (dict "root" $ "database" .name) -}}
{{- $names = append $names $name -}}
{{- if hasKey $values.staleAfterByDatabase .name -}}{{- $ownNames = append $ownNames $name -}}{{- end -}}
{{- end -}}
{{- else -}}
{{- $names = list (include "archiver.fullname" .) -}}
{{- end -}}
{{- $selector := printf "namespace=%q,cronjob=~%q" .Release.Namespace (join "|" $names) -}}
{{- $others := $selector -}}
{{- with $ownNames -}}{{- $others = printf "%s,cronjob!~%q" $selector (join "|" .) -}}{{- end -}}
{{- $metric := "kube_cronjob_status_last_successful_time" -}}
{{- $ages := list (printf "time() - %s{%s} > %s" $metric $others (include "archiver.seconds" $values.staleAfter)) -}}
{{- range $name, $age := $values.staleAfterByDatabase -}}
{{- $cronJob := include "archiver.cronJobName" (dict "root" $ "database" $name) -}}
{{- $own := printf "namespace=%q,cronjob=%q" $.Release.Namespace $cronJob -}}
{{- $ages = append $ages (printf "time() - %s{%s} > %s" $metric $own (include "archiver.seconds" $age)) -}}
{{- end -}}
- alert: BackupArchiverStale
  expr: |-
    {{- join "\nor\n" $ages | nindent 4 }}
  for: 10m
  labels:
    {{- include "archiver.alertLabels" . | nindent 4 }}
  annotations:
    summary: {{ "The backup CronJob {{ $labels.cronjob }} has not succeeded for too long" | quote }}
    description: {{ "Its last success is {{ $value | humanizeDuration }} ago." | quote }}
- alert: BackupArchiverRunFailed
  expr: |-
    {{- include "archiver.lastRunFailed" $selector | nindent 4 }}
  for: 5m
  labels:
    {{- include "archiver.alertLabels" . | nindent 4 }}
  annotations:
    summary: {{ "The last run of the backup CronJob {{ $labels.cronjob }} failed" | quote }}
    description: {{ "The log's run.failed and archive.failed say why; the next run goes on from what is in the bucket." | quote }}
- alert: BackupArchiverNoRun
  expr: time() - (kube_cronjob_status_last_schedule_time{ {{- $selector -}} } or on (namespace, cronjob) kube_cronjob_created{ {{- $selector -}} }) > {{ include "archiver.seconds" $values.noRunAfter }}
  labels:
    {{- include "archiver.alertLabels" . | nindent 4 }}
  annotations:
    summary: {{ printf "The backup CronJob {{ $labels.cronjob }} has not started for %s" $values.noRunAfter | quote }}
    description: It is suspended, or Kubernetes cannot start it.
- alert: BackupArchiverDown
  expr: (count(kube_cronjob_info{ {{- $selector -}} }) or vector(0)) < {{ len $names }}
  for: 15m
  labels:
    {{- include "archiver.alertLabels" . | nindent 4 }}
  annotations:
    summary: A backup CronJob is missing
    description: It was deleted, or kube-state-metrics is not scraped; a missing backup would not be noticed.
{{- end -}}
