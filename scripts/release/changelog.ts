const UNRELEASED = '## Unreleased';
/** A release's heading: `## 1.2.0 (2026-11-26)`. */
const HEADING = /^## (\d\S*)/m;

/** The version of the newest release in the changelog; `undefined` before the first. */
export function newestRelease(changelog: string): string | undefined {
  return HEADING.exec(changelog)?.[1];
}

/** What a release brought, without its heading; `undefined` where it is not in the changelog. */
export function notesOf(changelog: string, version: string): string | undefined {
  const section = sections(changelog).find((text) => HEADING.exec(text)?.[1] === version);
  return section === undefined ? undefined : withoutHeading(section);
}

/**
 * The changelog with what is unreleased under a heading of its own.
 * @param date its day, in UTC
 * @throws Error where nothing is unreleased, or the version was released before
 */
export function release(changelog: string, version: string, date: Date): string {
  const section = sections(changelog).find((text) => text.startsWith(UNRELEASED));
  if (section === undefined) throw new Error(`the changelog has no "${UNRELEASED}"`);
  const notes = withoutHeading(section);
  if (notes.trim() === '') throw new Error(`the changelog has nothing under "${UNRELEASED}"`);
  if (notesOf(changelog, version) !== undefined) throw new Error(`${version} is in the changelog already`);
  const day = date.toISOString().slice(0, 10);
  return changelog.replace(UNRELEASED, () => `${UNRELEASED}\n\n## ${version} (${day})`);
}

function sections(changelog: string): string[] {
  return changelog.split(/^(?=## )/m);
}

function withoutHeading(section: string): string {
  return `${section.split('\n').slice(1).join('\n').trim()}\n`;
}
