import { STOP_BOUND } from '../../src/process/shutdown.ts';
import { configSchema } from './config-schema.ts';
import { described, type JsonSchema, strict } from './json-schema.ts';

const flag: JsonSchema = { type: 'boolean' };
const text: JsonSchema = { type: 'string' };
const texts: JsonSchema = { type: 'object', additionalProperties: text };
/** Handed on to Kubernetes, which knows its own schema. */
const map: JsonSchema = { type: 'object' };
const list: JsonSchema = { type: 'array', items: map };
const port: JsonSchema = { type: 'integer', minimum: 1, maximum: 65_535 };
const age: JsonSchema = { type: 'string', pattern: '^[1-9][0-9]*[mhd]$' };
const promDuration: JsonSchema = { type: 'string', pattern: '^([0-9]+(ms|s|m|h))+$' };

function choice(...values: string[]): JsonSchema {
  return { type: 'string', enum: values };
}

function atLeast(minimum: number): JsonSchema {
  return { type: 'integer', minimum };
}

function orUnset(schema: JsonSchema): JsonSchema {
  return { ...schema, type: [String(schema.type), 'null'] };
}

const secretKeys = { value: text, existingSecret: text, key: { type: 'string', minLength: 1 } };
const secret = strict(secretKeys);
const probe = strict({
  initialDelaySeconds: atLeast(0),
  periodSeconds: atLeast(1),
  timeoutSeconds: atLeast(1),
  failureThreshold: atLeast(1),
  successThreshold: atLeast(1),
});

const image = strict({
  repository: { type: 'string', minLength: 1 },
  tag: text,
  digest: { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' },
  pullPolicy: choice('Always', 'IfNotPresent', 'Never'),
});
const resources = strict({ requests: map, limits: map, claims: list });
const jobLimits = {
  backoffLimit: atLeast(0),
  activeDeadlineSeconds: orUnset(atLeast(1)),
};

/** `values.schema.json`: every key of `values.yaml`, and no others. */
export function valuesSchema(descriptions: ReadonlyMap<string, string>): JsonSchema {
  const schema = strict(
    {
      mode: choice('daemon', 'cronJob'),
      suspend: flag,
      config: configSchema(),
      secrets: strict({
        scalingoApiToken: secret,
        s3AccessKeyId: secret,
        s3SecretAccessKey: secret,
        s3SessionToken: secret,
        notifyPingUrl: strict({ ...secretKeys, keyByDatabase: texts }),
        notifyWebhookUrl: secret,
        restoreTestPostgresqlUrl: secret,
        restoreTestMysqlUrl: secret,
      }),
      cronJob: strict({
        layout: choice('all', 'perDatabase', 'sharded'),
        shards: { type: 'integer', minimum: 1, maximum: 10_000 },
        parallelism: orUnset(atLeast(1)),
        // Below 10 s the controller, which looks every 10 s, may never start one.
        startingDeadlineSeconds: atLeast(10),
        activeDeadlineSeconds: orUnset(atLeast(1)),
        backoffLimit: atLeast(0),
        successfulJobsHistoryLimit: atLeast(0),
        failedJobsHistoryLimit: atLeast(0),
        ttlSecondsAfterFinished: orUnset(atLeast(0)),
        podFailurePolicy: orUnset(strict({ rules: list })),
      }),
      verifyJob: strict({ ...jobLimits, resources }),
      restoreTestJob: strict({ image, ...jobLimits, resources }),
      image,
      imagePullSecrets: { type: 'array', items: strict({ name: text }, ['name']) },
      nameOverride: text,
      fullnameOverride: text,
      http: strict({ enabled: flag, port: { ...port, minimum: 1024 }, host: text }),
      livenessProbe: probe,
      readinessProbe: probe,
      podMonitor: strict({
        enabled: flag,
        interval: promDuration,
        scrapeTimeout: promDuration,
        labels: texts,
        relabelings: list,
        metricRelabelings: list,
      }),
      prometheusRule: strict({
        enabled: flag,
        labels: texts,
        alertLabels: texts,
        staleAfter: age,
        staleAfterByDatabase: { type: 'object', additionalProperties: age },
        noRunAfter: age,
        selector: text,
      }),
      dashboard: strict({ enabled: flag, labels: texts, annotations: texts }),
      networkPolicy: strict({
        enabled: flag,
        ingressFrom: list,
        egressPorts: { type: 'array', items: port },
        extraEgress: list,
      }),
      serviceAccount: strict({ create: flag, name: text, annotations: texts }),
      ca: strict({ pem: text, existingConfigMap: text, key: text }),
      // Longer than the program takes at most, or the kernel ends it before it has given its lease back.
      terminationGracePeriodSeconds: atLeast(STOP_BOUND / 1000 + 5),
      resources,
      podSecurityContext: map,
      securityContext: map,
      commonLabels: texts,
      podLabels: texts,
      podAnnotations: texts,
      extraEnv: { type: 'array', items: strict({ name: text, value: text, valueFrom: map }, ['name']) },
      extraEnvFrom: list,
      extraVolumes: list,
      extraVolumeMounts: list,
      nodeSelector: texts,
      tolerations: list,
      affinity: map,
      topologySpreadConstraints: list,
      priorityClassName: text,
      // Helm's own, for subcharts.
      global: map,
    },
    ['mode', 'config', 'secrets'],
  );
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of backup-archiver',
    ...described(schema, descriptions),
  };
}
