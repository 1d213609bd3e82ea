/** The JSON file of a bench. Times in seconds, memory in MiB, sizes in bytes. */
export interface BenchResults {
  readonly version: 1;
  readonly sections: Sections;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
}

/** Each is taken by itself, and says where and how. */
export interface Sections {
  readonly http?: CopySection;
  readonly https?: CopySection;
  readonly sweep?: SweepSection;
  readonly throttled?: ThrottledSection;
  readonly memory?: MemorySection;
  readonly readers?: ReadersSection;
  /** From a bucket into a file; `sourceCpu` is that of the bucket, `sinkCpu` is 0. */
  readonly download?: CopySection;
  /** From a bucket, and nowhere: ours alone. */
  readonly verify?: CopySection;
}

export interface Taken {
  /** ISO 8601. */
  readonly takenAt: string;
  readonly command: string;
  readonly machine: Machine;
  /** Of the programs that took part, as they tell them. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The same copy by everyone, in turns. */
export interface CopySection extends Taken {
  readonly size: number;
  readonly rounds: number;
  readonly copiers: readonly CopierResult[];
}

export interface CopierResult {
  readonly id: string;
  readonly title: string;
  /** What was run, with `$SOURCE`, `$ENDPOINT` and `$CA` for what differs from run to run. */
  readonly command: string;
  readonly runs: readonly CopyRun[];
  readonly median: Figures;
  /** The medians as multiples of ours: above 1 is more than ours. */
  readonly toOurs: Figures;
}

/** `cpu` is user and system time together. */
export interface Figures {
  readonly wall: number;
  readonly cpu: number;
  readonly peakMiB: number;
}

export interface CopyRun extends Figures {
  readonly user: number;
  readonly system: number;
  /** CPU seconds of the source and of the sink meanwhile. */
  readonly sourceCpu: number;
  readonly sinkCpu: number;
  /** CPU seconds that anything else on the machine took meanwhile: the noise. */
  readonly othersCpu: number;
}

/** The copy at several sizes. */
export interface SweepSection extends Taken {
  readonly rounds: number;
  readonly points: readonly { readonly size: number; readonly copiers: readonly CopierResult[] }[];
}

/** A source that gives each connection so much and no more. */
export interface ThrottledSection extends Taken {
  /** Bytes a second and connection. */
  readonly bytesPerSecond: number;
  /** Milliseconds before each answer. */
  readonly latencyMs: number;
  readonly points: readonly ThrottledPoint[];
}

export interface ThrottledPoint {
  readonly concurrency: number;
  readonly size: number;
  /** Seconds from `archive.started` to the manifest. */
  readonly copy: number;
  /** Of the whole process. */
  readonly run: CopyRun;
  /** Throughput of the copy over concurrency × `bytesPerSecond`. */
  readonly fraction: number;
  /** Most connections at once that the source saw. */
  readonly connections: number;
}

/** One large copy each way. */
export interface MemorySection extends Taken {
  readonly size: number;
  readonly points: readonly { readonly id: string; readonly title: string; readonly run: CopyRun }[];
}

/** Reading alone, over one connection. */
export interface ReadersSection extends Taken {
  readonly transport: 'http' | 'https';
  readonly size: number;
  readonly rounds: number;
  readonly readers: readonly ReaderResult[];
}

export interface ReaderResult {
  readonly id: string;
  readonly title: string;
  readonly runs: readonly Figures[];
  readonly median: Figures;
}
