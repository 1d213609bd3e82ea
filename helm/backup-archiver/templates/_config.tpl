{{/*
The program's own YAML: `config` as given, and `http`, which only the daemon serves. Kubernetes keeps the schedule of the
restore tests, whose clients the daemon's image does not have.
*/}}
{{- define "archiver.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $_ := unset (default dict $config.restoreTest) "cron" -}}
{{- if not $config.restoreTest -}}{{- $_ := unset $config "restoreTest" -}}{{- end -}}
{{- if and (eq .Values.mode "daemon") .Values.http.enabled -}}
{{- $http := dict "port" .Values.http.port -}}
{{- with .Values.http.host -}}{{- $_ := set $http "host" . -}}{{- end -}}
{{- $_ := set $config "http" $http -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* The variable of each secret of `secrets`. */}}
{{- define "archiver.secretVariables" -}}
scalingoApiToken: SCALINGO_API_TOKEN
s3AccessKeyId: AWS_ACCESS_KEY_ID
s3SecretAccessKey: AWS_SECRET_ACCESS_KEY
s3SessionToken: AWS_SESSION_TOKEN
notifyPingUrl: NOTIFY_PING_URL
notifyWebhookUrl: NOTIFY_WEBHOOK_URL
restoreTestPostgresqlUrl: RESTORE_TEST_POSTGRESQL_URL
restoreTestMysqlUrl: RESTORE_TEST_MYSQL_URL
{{- end -}}

{{/* Secrets that only the pods have which name them. */}}
{{- define "archiver.reservedSecrets" -}}
- restoreTestPostgresqlUrl
- restoreTestMysqlUrl
{{- end -}}

{{/* The secrets of a pod that are given, by name. Takes {root, secrets}, the reserved ones that it has. */}}
{{- define "archiver.secretsOf" -}}
{{- $reserved := include "archiver.reservedSecrets" .root | fromYamlArray -}}
{{- $own := default list .secrets -}}
{{- range $name, $secret := .root.Values.secrets -}}
{{- if and (or $secret.value $secret.existingSecret) (or (not (has $name $reserved)) (has $name $own)) }}
{{ $name }}: {{ toJson $secret }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The content of the chart's own Secret; empty where it makes none. */}}
{{- define "archiver.ownSecrets" -}}
{{- $variables := include "archiver.secretVariables" . | fromYaml -}}
{{- range $name, $secret := .Values.secrets -}}
{{- if $secret.value }}
{{ get $variables $name }}: {{ $secret.value | b64enc }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
The sources of the volume with a pod's secrets, each in a file that has its variable's name. Takes {root, database, secrets};
the database where the pod is for one only.
*/}}
{{- define "archiver.secretSources" -}}
{{- $root := .root -}}
{{- $database := .database -}}
{{- $variables := include "archiver.secretVariables" $root | fromYaml -}}
{{- range $name, $secret := include "archiver.secretsOf" . | fromYaml -}}
{{- $own := dig "keyByDatabase" (default "" $database) $secret.key $secret -}}
{{- $variable := get $variables $name }}
- secret:
    name: {{ $secret.existingSecret | default (include "archiver.fullname" $root) }}
    items:
      - key: {{ ternary $own $variable (ne $secret.existingSecret "") }}
        path: {{ $variable }}
{{- end -}}
{{- end -}}

{{/* Takes {root, secrets}. */}}
{{- define "archiver.secretEnv" -}}
{{- $variables := include "archiver.secretVariables" .root | fromYaml -}}
{{- range $name, $_ := include "archiver.secretsOf" . | fromYaml }}
- name: {{ get $variables $name }}_FILE
  value: /run/secrets/backup-archiver/{{ get $variables $name }}
{{- end -}}
{{- end -}}
