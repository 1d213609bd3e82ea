import { describe, expect, it } from 'vitest';
import { ensureHome } from '../../src/process/node-runtime.ts';

describe('a process', () => {
  it('whose uid has no passwd entry, and which has no HOME, is given one', () => {
    const environment: NodeJS.ProcessEnv = {};
    ensureHome(environment, () => {
      throw Object.assign(new Error('uv_os_homedir returned ENOENT'), { code: 'ERR_SYSTEM_ERROR' });
    });
    expect(environment).toEqual({ HOME: '/' });
  });

  it('that has a home keeps it', () => {
    const environment: NodeJS.ProcessEnv = {};
    ensureHome(environment, () => '/srv/node');
    expect(environment).toEqual({});
  });
});
