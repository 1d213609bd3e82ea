/** The value of a series on a metrics page: `metric{database="shop"}`. `undefined` where it is not there. */
export function seriesValue(page: string, series: string): number | undefined {
  const line = page.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

/** The names of the metrics that a page shows. */
export function namesOn(page: string): string[] {
  return [...page.matchAll(/^# TYPE (\S+) /gm)].map((match) => match[1] ?? '');
}
