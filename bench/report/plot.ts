import type { SweepSection } from './results.ts';
import { formatSize } from './tables.ts';

interface Series {
  readonly title: string;
  readonly values: readonly number[];
}

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const WIDTH = 900;
const HEIGHT = 470;
const PANELS: readonly Frame[] = [
  { left: 60, top: 40, width: 360, height: 260 },
  { left: 510, top: 40, width: 360, height: 260 },
];
/** Told apart by the colour-blind as well (Okabe and Ito); ours is black and thick. */
const COLOURS = ['#000000', '#7f7f7f', '#e69f00', '#56b4e9', '#009e73', '#f0e442', '#0072b2', '#d55e00'];
const MiB = 2 ** 20;

/** An SVG of throughput and of peak memory against the archive's size. */
export function plotSweep({ points }: SweepSection): string {
  const sizes = points.map(({ size }) => size);
  const copiers = points[0]?.copiers ?? [];
  const series = (value: (copier: (typeof copiers)[number], size: number) => number): Series[] =>
    copiers.map(({ id, title }) => ({
      title,
      values: points.map(({ size, copiers: own }) => {
        const found = own.find((copier) => copier.id === id);
        return found === undefined ? Number.NaN : value(found, size);
      }),
    }));
  const throughput = series((copier, size) => size / MiB / copier.median.wall);
  const memory = series((copier) => copier.median.peakMiB);
  const [first, second] = PANELS;
  if (first === undefined || second === undefined) throw new Error('there are two panels');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    "<title>Throughput and peak memory against the archive's size</title>",
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    panel(first, 'Throughput, MiB/s', sizes, throughput),
    panel(second, 'Peak memory, MiB', sizes, memory),
    legend(throughput),
    '</svg>',
    '',
  ].join('\n');
}

function panel(frame: Frame, title: string, sizes: readonly number[], series: readonly Series[]): string {
  const { left, top, width, height } = frame;
  const bottom = top + height;
  const step = niceStep(Math.max(...series.flatMap(({ values }) => values.filter(Number.isFinite)), 1));
  const ceiling =
    step * Math.ceil(Math.max(...series.flatMap(({ values }) => values.filter(Number.isFinite)), 1) / step);
  const x = (index: number) =>
    round(left + (sizes.length < 2 ? width / 2 : (index / (sizes.length - 1)) * width));
  const y = (value: number) => round(bottom - (value / ceiling) * height);
  const grid = Array.from({ length: Math.round(ceiling / step) + 1 }, (_, index) => index * step).flatMap(
    (value) => [
      `<line x1="${left}" y1="${y(value)}" x2="${left + width}" y2="${y(value)}" stroke="#dddddd"/>`,
      `<text x="${left - 6}" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
    ],
  );
  const labels = sizes.map(
    (size, index) =>
      `<text x="${x(index)}" y="${bottom + 18}" text-anchor="middle">${formatSize(size)}</text>`,
  );
  const lines = series.map(({ values }, index) => {
    const dots = values
      .map((value, at) => [x(at), y(value)] as const)
      .filter(([, height]) => Number.isFinite(height));
    const style = `stroke="${colour(index)}" stroke-width="${index === 0 ? 3 : 1.5}"`;
    const marks = dots.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour(index)}"/>`);
    return `<polyline points="${dots.map((dot) => dot.join(',')).join(' ')}" fill="none" ${style}/>${marks.join('')}`;
  });
  // Ours is drawn last, over the others.
  return [
    `<text x="${left}" y="${top - 14}" font-size="14">${title}</text>`,
    ...grid,
    ...labels,
    ...lines.reverse(),
  ].join('\n');
}

function legend(series: readonly Series[]): string {
  return series
    .map(({ title }, index) => {
      const left = 60 + (index % 3) * 285;
      const top = 350 + Math.floor(index / 3) * 26;
      const line = `<line x1="${left}" y1="${top}" x2="${left + 26}" y2="${top}" stroke="${colour(index)}" stroke-width="${index === 0 ? 3 : 1.5}"/>`;
      return `${line}<text x="${left + 34}" y="${top + 4}">${title.replaceAll('&', '&amp;')}</text>`;
    })
    .join('\n');
}

/** 1, 2 or 5 times a power of ten, so that four to ten of them reach `highest`. */
function niceStep(highest: number): number {
  const power = 10 ** Math.floor(Math.log10(highest / 4));
  return power * ([1, 2, 5].find((factor) => highest / (factor * power) <= 10) ?? 10);
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? '#000000';
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
