{{/*
A pod. Takes {root, args, database, env, restartPolicy, probes}; and where they are not those of the release {image,
resources, secrets}, the names of secrets that no other pod has.
*/}}
{{- define "archiver.pod" -}}
{{- $root := .root -}}
{{- $values := .root.Values -}}
{{- $image := .image | default $values.image -}}
{{- $hasSecrets := include "archiver.secretSources" (dict "root" $root "database" .database "secrets" .secrets) -}}
{{- $hasCa := or $values.ca.pem $values.ca.existingConfigMap -}}
metadata:
  labels:
    {{- include "archiver.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ first .args }}
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/config: {{ include "archiver.config" $root | sha256sum }}
    {{- with include "archiver.ownSecrets" $root }}
    checksum/secrets: {{ sha256sum . }}
    {{- end }}
    {{- with $values.ca.pem }}
    checksum/ca: {{ sha256sum . }}
    {{- end }}
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- with .restartPolicy }}
  restartPolicy: {{ . }}
  {{- end }}
  serviceAccountName: {{ include "archiver.serviceAccountName" $root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
  {{- with $values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- toYaml $values.podSecurityContext | nindent 4 }}
  containers:
    - name: archiver
      image: {{ include "archiver.image" (dict "root" $root "image" $image) | quote }}
      imagePullPolicy: {{ $image.pullPolicy }}
      args: {{ toJson .args }}
      env:
        - name: ARCHIVER_CONFIG
          value: /etc/backup-archiver/archiver.yaml
        {{- with include "archiver.secretEnv" (dict "root" $root "secrets" .secrets) }}
        {{- . | trim | nindent 8 }}
        {{- end }}
        {{- if $hasCa }}
        - name: NODE_EXTRA_CA_CERTS
          value: /etc/backup-archiver-ca/ca.crt
        {{- end }}
        {{- with .env }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- with $values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with $values.extraEnvFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- if .probes }}
      ports:
        - name: http
          containerPort: {{ $values.http.port }}
          protocol: TCP
      livenessProbe:
        httpGet:
          path: /healthz
          port: http
        {{- with $values.livenessProbe }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      readinessProbe:
        httpGet:
          path: /readyz
          port: http
        {{- with $values.readinessProbe }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
      {{- with .resources | default $values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- toYaml $values.securityContext | nindent 8 }}
      volumeMounts:
        - name: config
          mountPath: /etc/backup-archiver
          readOnly: true
        {{- if $hasSecrets }}
        - name: secrets
          mountPath: /run/secrets/backup-archiver
          readOnly: true
        {{- end }}
        {{- if $hasCa }}
        - name: ca
          mountPath: /etc/backup-archiver-ca
          readOnly: true
        {{- end }}
        {{- with $values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ include "archiver.fullname" $root }}
        items:
          - key: archiver.yaml
            path: archiver.yaml
    {{- with $hasSecrets }}
    - name: secrets
      projected:
        defaultMode: 0440
        sources:
          {{- . | trim | nindent 10 }}
    {{- end }}
    {{- if $hasCa }}
    - name: ca
      configMap:
        name: {{ $values.ca.existingConfigMap | default (include "archiver.fullname" $root) }}
        items:
          - key: {{ ternary $values.ca.key "ca.crt" (ne $values.ca.existingConfigMap "") }}
            path: ca.crt
    {{- end }}
    {{- with $values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
