import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { METRICS, type MetricDescription, type MetricName } from './metric-catalog.ts';

/**
 * Gauges of prom-client's own that end in `_total`, which is for counters
 * (https://prometheus.io/docs/practices/naming/): the same numbers are there by type, without it.
 */
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

type Labels = Readonly<Record<string, string>>;

/** The metrics of one process, its own and those of Node, and the page that shows them. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #gauges = new Map<MetricName, Gauge>();
  readonly #counters = new Map<MetricName, Counter>();
  readonly #histograms = new Map<MetricName, Histogram>();

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
    for (const [name, description] of Object.entries(METRICS)) {
      this.#register(name as MetricName, description);
    }
  }

  set(name: MetricName, labels: Labels, value: number): void {
    this.#gauges.get(name)?.set(labels, value);
  }

  /** Of a gauge or a counter; 0 makes the series show before anything happens, as `increase()` needs it. */
  add(name: MetricName, labels: Labels, amount: number): void {
    this.#counters.get(name)?.inc(labels, amount);
    this.#gauges.get(name)?.inc(labels, amount);
  }

  observe(name: MetricName, labels: Labels, value: number): void {
    this.#histograms.get(name)?.observe(labels, value);
  }

  /** The text of the page (https://prometheus.io/docs/instrumenting/exposition_formats/) and its type. */
  async page(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #register(name: MetricName, { type, labels, help, buckets = [] }: MetricDescription): void {
    const options = { name, help, labelNames: [...labels], registers: [this.#registry] };
    if (type === 'gauge') this.#gauges.set(name, new Gauge(options));
    else if (type === 'counter') this.#counters.set(name, new Counter(options));
    else this.#histograms.set(name, new Histogram({ ...options, buckets: [...buckets] }));
  }
}
