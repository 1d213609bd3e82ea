{{/* What values.schema.json cannot say. Each message names the key. */}}
{{- define "archiver.checks" -}}
{{- $config := .Values.config -}}
{{- if not $config.databases -}}
{{- fail "config.databases is empty: give at least one database, with name, app and id" -}}
{{- end -}}
{{- if not $config.s3.bucket -}}
{{- fail "config.s3.bucket is empty: give the name of the bucket" -}}
{{- end -}}
{{- $lock := default dict $config.s3.objectLock -}}
{{- if and $lock.mode (eq (default "auto" $config.s3.checksum) "none") -}}
{{- fail "config.s3.checksum: none is not possible with config.s3.objectLock, which wants a checksum on every part" -}}
{{- end -}}
{{- if and $config.s3.kmsKeyId (not (hasPrefix "aws:kms" (default "" $config.s3.sse))) -}}
{{- fail "config.s3.kmsKeyId is given without a KMS encryption: set config.s3.sse to aws:kms or aws:kms:dsse" -}}
{{- end -}}
{{- range $name, $secret := .Values.secrets -}}
{{- if and $secret.value $secret.existingSecret -}}
{{- fail (printf "secrets.%s has a value and an existingSecret: give one of the two" $name) -}}
{{- end -}}
{{- end -}}
{{- $given := dict -}}
{{- range .Values.extraEnv -}}{{- $_ := set $given (trimSuffix "_FILE" .name) true -}}{{- end -}}
{{- $token := .Values.secrets.scalingoApiToken -}}
{{- if not (or $token.value $token.existingSecret .Values.extraEnvFrom $given.SCALINGO_API_TOKEN $given.DB_BEARER_TOKEN) -}}
{{- fail "secrets.scalingoApiToken is empty: give its value or an existingSecret" -}}
{{- end -}}
{{- $id := or .Values.secrets.s3AccessKeyId.value .Values.secrets.s3AccessKeyId.existingSecret -}}
{{- $key := or .Values.secrets.s3SecretAccessKey.value .Values.secrets.s3SecretAccessKey.existingSecret -}}
{{- if and $id (not $key) (not .Values.extraEnvFrom) (not $given.AWS_SECRET_ACCESS_KEY) -}}
{{- fail "secrets.s3SecretAccessKey is empty, and secrets.s3AccessKeyId is given: the two go together" -}}
{{- end -}}
{{- if and $key (not $id) (not .Values.extraEnvFrom) (not $given.AWS_ACCESS_KEY_ID) -}}
{{- fail "secrets.s3AccessKeyId is empty, and secrets.s3SecretAccessKey is given: the two go together" -}}
{{- end -}}
{{- $names := dict -}}
{{- $ids := dict -}}
{{- range $index, $database := $config.databases -}}
{{- if hasKey $names $database.name -}}
{{- fail (printf "config.databases[%d].name: %q is the name of another database already" $index $database.name) -}}
{{- end -}}
{{- if hasKey $ids $database.id -}}
{{- fail (printf "config.databases[%d].id: %q is the id of another database already" $index $database.id) -}}
{{- end -}}
{{- $_ := set $names $database.name true -}}
{{- $_ := set $ids $database.id true -}}
{{- end -}}
{{- range $name, $_ := .Values.prometheusRule.staleAfterByDatabase -}}
{{- if not (hasKey $names $name) -}}
{{- fail (printf "prometheusRule.staleAfterByDatabase.%s: there is no such database in config.databases" $name) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.ca.pem .Values.ca.existingConfigMap -}}
{{- fail "ca has a pem and an existingConfigMap: give one of the two" -}}
{{- end -}}
{{- $ping := .Values.secrets.notifyPingUrl -}}
{{- range $name, $_ := $ping.keyByDatabase -}}
{{- if not (and (eq $.Values.mode "cronJob") (eq $.Values.cronJob.layout "perDatabase") $ping.existingSecret) -}}
{{- fail "secrets.notifyPingUrl.keyByDatabase needs its existingSecret, mode cronJob and cronJob.layout perDatabase" -}}
{{- else if not (hasKey $names $name) -}}
{{- fail (printf "secrets.notifyPingUrl.keyByDatabase.%s: there is no such database in config.databases" $name) -}}
{{- end -}}
{{- end -}}
{{- with dig "restoreTest" "cron" "" $config -}}
{{- include "archiver.kubernetesCron" (dict "key" "config.restoreTest.cron" "cron" .) -}}
{{- $postgresql := $.Values.secrets.restoreTestPostgresqlUrl -}}
{{- $mysql := $.Values.secrets.restoreTestMysqlUrl -}}
{{- if not (or $postgresql.value $postgresql.existingSecret $mysql.value $mysql.existingSecret $.Values.extraEnvFrom $given.RESTORE_TEST_POSTGRESQL_URL $given.RESTORE_TEST_MYSQL_URL) -}}
{{- fail "config.restoreTest.cron is given without a server to restore to: give secrets.restoreTestPostgresqlUrl or secrets.restoreTestMysqlUrl" -}}
{{- end -}}
{{- end -}}
{{- if eq .Values.mode "cronJob" -}}
{{- include "archiver.cronJobChecks" . -}}
{{- else if and .Values.podMonitor.enabled (not .Values.http.enabled) -}}
{{- fail "podMonitor.enabled needs http.enabled: there is nothing to scrape" -}}
{{- end -}}
{{- end -}}

{{- define "archiver.cronJobChecks" -}}
{{- if .Values.podMonitor.enabled -}}
{{- fail "podMonitor.enabled is for mode daemon: a CronJob's pod is gone before it is scraped; use secrets.notifyPingUrl" -}}
{{- end -}}
{{- if and (eq .Values.cronJob.layout "sharded") (semverCompare "<1.29.0-0" .Capabilities.KubeVersion.Version) -}}
{{/* Older ones drop backoffLimitPerIndex, and begin a failed Job anew six times. */}}
{{- fail (printf "cronJob.layout sharded needs Kubernetes 1.29, and this is %s" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- include "archiver.kubernetesCron" (dict "key" "config.schedule.cron" "cron" .Values.config.schedule.cron) -}}
{{- with dig "verify" "cron" "" .Values.config -}}
{{- include "archiver.kubernetesCron" (dict "key" "config.verify.cron" "cron" .) -}}
{{- end -}}
{{- range $index, $database := .Values.config.databases -}}
{{- $own := default dict $database.schedule -}}
{{- if eq $.Values.cronJob.layout "perDatabase" -}}
{{- with $own.cron -}}
{{- include "archiver.kubernetesCron" (dict "key" (printf "config.databases[%d].schedule.cron" $index) "cron" .) -}}
{{- end -}}
{{- else if or $own.cron $own.timezone -}}
{{- fail (printf "config.databases[%d].schedule has no effect with cronJob.layout %s: use perDatabase" $index $.Values.cronJob.layout) -}}
{{- end -}}
{{- end -}}
{{- $ping := .Values.secrets.notifyPingUrl -}}
{{- if or $ping.value $ping.existingSecret -}}
{{- if eq .Values.cronJob.layout "sharded" -}}
{{- fail "secrets.notifyPingUrl is one switch, and each shard would tell it of itself only: use secrets.notifyWebhookUrl or prometheusRule.enabled" -}}
{{- else if and (eq .Values.cronJob.layout "perDatabase") (gt (len .Values.config.databases) 1) -}}
{{- range .Values.config.databases -}}
{{- if not (hasKey $ping.keyByDatabase .name) -}}
{{- fail (printf "secrets.notifyPingUrl.keyByDatabase has no key for %s: each CronJob needs a switch of its own" .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.prometheusRule.staleAfterByDatabase (ne .Values.cronJob.layout "perDatabase") -}}
{{- fail "prometheusRule.staleAfterByDatabase needs mode daemon or cronJob.layout perDatabase" -}}
{{- end -}}
{{- end -}}

{{/* Kubernetes takes five fields, and fewer signs than the program does. Takes {key, cron}. */}}
{{- define "archiver.kubernetesCron" -}}
{{- if not (regexMatch "^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|[0-9A-Za-z*/,?-]+( +[0-9A-Za-z*/,?-]+){4})$" (trim .cron)) -}}
{{- fail (printf "%s: %q is no schedule for a CronJob, which has five fields (minute hour day month weekday)" .key .cron) -}}
{{- end -}}
{{- end -}}
