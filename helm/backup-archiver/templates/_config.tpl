{{/* The program's own YAML: `config` as given, and `http`, which only the daemon serves. */}}
{{- define "archiver.config" -}}
{{- $config := deepCopy .Values.config -}}
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
The sources of the volume with all secrets, each in a file that has its variable's name. Takes {root, database};
the database where the pod is for one only.
*/}}
{{- define "archiver.secretSources" -}}
{{- $root := .root -}}
{{- $database := .database -}}
{{- $variables := include "archiver.secretVariables" $root | fromYaml -}}
{{- range $name, $secret := $root.Values.secrets -}}
{{- $own := dig "keyByDatabase" (default "" $database) $secret.key $secret -}}
{{- $variable := get $variables $name -}}
{{- if or $secret.value $secret.existingSecret }}
- secret:
    name: {{ $secret.existingSecret | default (include "archiver.fullname" $root) }}
    items:
      - key: {{ ternary $own $variable (ne $secret.existingSecret "") }}
        path: {{ $variable }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "archiver.secretEnv" -}}
{{- $variables := include "archiver.secretVariables" . | fromYaml -}}
{{- range $name, $secret := .Values.secrets -}}
{{- if or $secret.value $secret.existingSecret }}
- name: {{ get $variables $name }}_FILE
  value: /run/secrets/backup-archiver/{{ get $variables $name }}
{{- end -}}
{{- end -}}
{{- end -}}
