{{/*
A CronJob of one pod a run. Takes {root, name, cron, timezone, args}; and of backup runs {database, sharded}, of others {job},
which are the values that it has of its own.
*/}}
{{- define "archiver.cronJob" }}
{{- $job := mergeOverwrite (deepCopy .root.Values.cronJob) (default dict .job) }}
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "archiver.labels" .root | nindent 4 }}
  {{- with .database }}
  annotations:
    backup-archiver/database: {{ . | quote }}
  {{- end }}
spec:
  schedule: {{ .cron | quote }}
  timeZone: {{ .timezone | quote }}
  suspend: {{ .root.Values.suspend }}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: {{ $job.startingDeadlineSeconds | int64 }}
  successfulJobsHistoryLimit: {{ $job.successfulJobsHistoryLimit }}
  failedJobsHistoryLimit: {{ $job.failedJobsHistoryLimit }}
  jobTemplate:
    metadata:
      labels:
        {{- include "archiver.labels" .root | nindent 8 }}
    spec:
      {{- if .sharded }}
      completionMode: Indexed
      completions: {{ $job.shards }}
      parallelism: {{ kindIs "invalid" $job.parallelism | ternary $job.shards $job.parallelism }}
      # Not backoffLimit: one shard that fails would end the others in the middle of their work.
      backoffLimitPerIndex: {{ $job.backoffLimit }}
      {{- else }}
      backoffLimit: {{ $job.backoffLimit }}
      {{- end }}
      {{- if not (kindIs "invalid" $job.activeDeadlineSeconds) }}
      activeDeadlineSeconds: {{ $job.activeDeadlineSeconds | int64 }}
      {{- end }}
      {{- if not (kindIs "invalid" $job.ttlSecondsAfterFinished) }}
      ttlSecondsAfterFinished: {{ $job.ttlSecondsAfterFinished | int64 }}
      {{- end }}
      {{- with $job.podFailurePolicy }}
      podFailurePolicy:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      template:
        {{- /* The Job's name ends in its scheduled time: a pod that follows an evicted one repeats nothing. */}}
        {{- $env := list }}
        {{- if eq (first .args) "run" }}
        {{- $label := dict "fieldPath" "metadata.labels['batch.kubernetes.io/job-name']" }}
        {{- $env = list
          (dict "name" "ARCHIVER_JOB" "valueFrom" (dict "fieldRef" $label))
          (dict "name" "ARCHIVER_SINCE" "value" "job:$(ARCHIVER_JOB)") }}
        {{- end }}
        {{- if .sharded }}
        {{- $env = append $env (dict "name" "ARCHIVER_SHARDS" "value" (toString $job.shards)) }}
        {{- end }}
        {{- include "archiver.pod" (dict "root" .root "args" .args "database" .database "env" $env "restartPolicy" "Never" "image" $job.image "secrets" .secrets "resources" $job.resources) | nindent 8 }}
{{- end }}
