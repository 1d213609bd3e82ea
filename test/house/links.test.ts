import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const PAGES = ['README.md', ...pagesOf('docs')];

function pagesOf(folder: string): string[] {
  const names = readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name}`);
}

function read(page: string): string {
  return readFileSync(new URL(page, ROOT), 'utf8');
}

/** The anchors that GitHub makes of a page's headings. */
function anchorsOf(page: string): string[] {
  const headings = [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Without its examples of code. */
function prose(page: string): string {
  return read(page).replaceAll(/^ *```.*?^ *```/gms, '');
}

test.each(PAGES)('the links of %s lead somewhere', (page) => {
  const links = [...prose(page).matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]*))?\)/g)];
  const broken = links.filter(([, path = '', anchor]) => {
    const target = path === '' ? page : posix.join(posix.dirname(page), path);
    if (!existsSync(new URL(target, ROOT))) return true;
    return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).includes(anchor);
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

test('each page of a folder is in the README of the folder', () => {
  for (const folder of ['docs/restore', 'docs/stores']) {
    const index = read(`${folder}/README.md`);
    const others = pagesOf(folder).filter((page) => !page.endsWith('/README.md'));
    expect(others.length).toBeGreaterThan(3);
    expect(others.filter((page) => !index.includes(`(${posix.basename(page)})`))).toEqual([]);
  }
});
