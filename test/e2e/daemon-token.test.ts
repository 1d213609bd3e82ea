import { expect, it } from 'vitest';
import { startSandboxWorld } from './sandbox-world.ts';

it('a daemon with a ready token warns that it cannot be renewed, and one with an API token does not', async () => {
  await using sandbox = await startSandboxWorld();
  const { world } = sandbox;
  const database = world.scalingo.addDatabase({ app: 'shop' });
  const { SCALINGO_API_TOKEN: _, ...env } = world.environment(database);
  const bearer = { ...env, DB_BEARER_TOKEN: 'a-ready-token-of-the-database', SCHEDULE_CATCH_UP: 'false' };
  for (const [given, warnings] of [
    [bearer, 1],
    [world.environment(database, { SCHEDULE_CATCH_UP: 'false' }), 0],
  ] as const) {
    await using daemon = world.spawn(['daemon'], given);
    await daemon.event('schedule.next');
    daemon.kill('SIGTERM');
    const finished = await daemon.finished();
    expect(finished.code).toBe(0);
    const warned = finished.events.filter(({ event }) => event === 'daemon.token_not_renewable');
    expect(warned).toHaveLength(warnings);
    for (const { level } of warned) expect(level).toBe('warn');
    world.expectNoSecret(finished, given);
  }
});
