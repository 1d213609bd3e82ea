{{- define "archiver.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* At most 40 characters: a CronJob's name may have 52, and a database's part comes after it. */}}
{{- define "archiver.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- if gt (len $full) 40 -}}
{{- $full = printf "%s-%s" ($full | trunc 33 | trimSuffix "-") ($full | sha256sum | trunc 6) -}}
{{- end -}}
{{- $full -}}
{{- end -}}
{{- end -}}

{{- define "archiver.selectorLabels" -}}
app.kubernetes.io/name: {{ include "archiver.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "archiver.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "archiver.selectorLabels" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "archiver.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "archiver.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Takes {root, image}. */}}
{{- define "archiver.image" -}}
{{- $tag := .image.tag | default .root.Chart.AppVersion -}}
{{- if .image.digest -}}
{{- printf "%s:%s@%s" .image.repository $tag .image.digest -}}
{{- else -}}
{{- printf "%s:%s" .image.repository $tag -}}
{{- end -}}
{{- end -}}

{{/*
The name of a database's CronJob: 52 characters at most, of letters, digits and "-" only. A database's name may be
longer and have dots and underscores: where something had to go, or it is the name of another CronJob of the release, a hash of
the whole name tells it from its likes. Takes {root, database}.
*/}}
{{- define "archiver.cronJobName" -}}
{{- $full := include "archiver.fullname" .root -}}
{{- $plain := regexReplaceAll "[^a-z0-9-]" .database "-" | trimSuffix "-" -}}
{{- $room := sub 51 (len $full) | int -}}
{{- if or (ne $plain .database) (gt (len $plain) $room) (has $plain (list "verify" "restore")) -}}
{{- $plain = printf "%s-%s" ($plain | trunc (sub $room 7 | int) | trimSuffix "-") (.database | sha256sum | trunc 6) -}}
{{- end -}}
{{- printf "%s-%s" $full $plain -}}
{{- end -}}

{{/* The CronJob of the reading back, and that of the restore tests. */}}
{{- define "archiver.verifyName" -}}{{ include "archiver.fullname" . }}-verify{{- end -}}
{{- define "archiver.restoreTestName" -}}{{ include "archiver.fullname" . }}-restore{{- end -}}
