/**
 * The example of docs/notifications.md, made by the code. `node test/observability/notify/body-example.ts` writes it; a test
 * fails where they are out of step.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type RunReport, summaryText } from '../../../src/observability/notify/run-report.ts';
import { webhookBody } from '../../../src/observability/notify/webhook-body.ts';

export const DOCUMENT = fileURLToPath(new URL('../../../docs/notifications.md', import.meta.url));
const [BEGIN, END] = ['<!-- begin body -->\n', '<!-- end body -->'];

export const EXAMPLE: RunReport = {
  runId: '2f9f4c1e-7b0e-4d0e-9a55-0d4b1f6f2c11',
  trigger: 'run',
  databases: ['shop', 'crm'],
  startedAt: Date.UTC(2026, 10, 23, 3),
  finishedAt: Date.UTC(2026, 10, 23, 3, 3, 20),
  outcomes: [
    {
      name: 'shop',
      status: 'archived',
      archives: [
        {
          key: 'prod/shop/2026-11-23T03-00-02Z_6512bd43d9caa6e02c990b0a.tar.gz',
          backupId: '6512bd43d9caa6e02c990b0a',
          createdAt: '2026-11-23T03:00:02.000Z',
          size: 1_288_490_189,
        },
      ],
    },
    {
      name: 'crm',
      status: 'failed',
      archives: [],
      error: {
        code: 'scalingo.forbidden',
        message: 'POST /api/databases/ad-1/backups: 403 Forbidden',
        hint: 'The account needs the right to make backups.',
      },
    },
  ],
};

/** The document with its example as the code makes it now. */
export function withCurrentExample(document: string): string {
  const [start, stop] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (start < 0 || stop < 0) throw new Error('docs/notifications.md has lost the marks around its example');
  const body = webhookBody(EXAMPLE, '0.1.0', summaryText(EXAMPLE, '0.1.0', []));
  const block = `\n\`\`\`json\n${JSON.stringify(body, null, 2)}\n\`\`\`\n\n`;
  return document.slice(0, start + BEGIN.length) + block + document.slice(stop);
}

if (import.meta.main) writeFileSync(DOCUMENT, withCurrentExample(readFileSync(DOCUMENT, 'utf8')));
