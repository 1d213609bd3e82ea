import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

/** The chart's folder. */
export const CHART = fileURLToPath(new URL('../../helm/backup-archiver', import.meta.url));

/** The folder of the example values, one file a mode. */
export const VALUES_FOLDER = `${CHART}/ci`;

export interface Variable {
  readonly name: string;
  readonly value?: string;
}

export interface Pod {
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly env: readonly Variable[];
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
  readonly volumes: readonly {
    readonly name: string;
    readonly projected?: {
      readonly sources: readonly {
        readonly secret: {
          readonly name: string;
          readonly items: readonly { readonly key: string; readonly path: string }[];
        };
      }[];
    };
  }[];
}

export interface PodTemplate {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: Pod;
}

export interface Alert {
  readonly alert: string;
  readonly expr: string;
}

/** As much of a manifest as the tests look at. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly template?: PodTemplate;
    readonly jobTemplate?: { readonly spec: { readonly template: PodTemplate } };
    readonly groups?: readonly { readonly rules: readonly Alert[] }[];
  };
}

/** What `helm template` makes of these values. @throws Error with Helm's own words where it refuses them */
export function renderChart(valuesFile: string, ...more: readonly string[]): Manifest[] {
  const args = ['template', 'archiver', CHART, '--namespace', 'backups', '--values', valuesFile, ...more];
  const text = execFileSync(process.env.HELM ?? 'helm', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

/** The pod of the Deployment, or of the first CronJob that archives. */
export function templateOf(manifests: readonly Manifest[]): PodTemplate {
  const template = manifests
    .map(({ spec }) => spec?.template ?? spec?.jobTemplate?.spec.template)
    .find((each) => ['daemon', 'run'].includes(each?.spec.containers[0]?.args[0] ?? ''));
  if (template === undefined) throw new Error('no pod was rendered');
  return template;
}

/** Every pod: of the Deployment, of each CronJob, of the test. */
export function podsOf(manifests: readonly Manifest[]): Pod[] {
  const templates = manifests.map(({ spec }) => spec?.template ?? spec?.jobTemplate?.spec.template);
  return templates.flatMap((template) => (template === undefined ? [] : [template.spec]));
}

export function podOf(manifests: readonly Manifest[]): Pod {
  return templateOf(manifests).spec;
}

export function environmentOf({ containers }: Pod): readonly Variable[] {
  return containers[0]?.env ?? [];
}

/** The alerts of the PrometheusRule. */
export function rulesOf(manifests: readonly Manifest[]): readonly Alert[] {
  const groups = manifests.find(({ kind }) => kind === 'PrometheusRule')?.spec?.groups ?? [];
  return groups.flatMap(({ rules }) => rules);
}
