/** Whether a value is a map as YAML and object literals make it, and no list, date or buffer. */
export function isPlainMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** `{ 's3.bucket': 'b' }` as `{ s3: { bucket: 'b' } }`. Only for keys that are known: `__proto__` is none. */
export function nest(flat: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const [key, value] of flat) {
    const path = key.split('.');
    const name = path.pop() ?? key;
    let map = tree;
    for (const part of path) {
      const below = (map[part] ?? {}) as Record<string, unknown>;
      map[part] = below;
      map = below;
    }
    map[name] = value;
  }
  return tree;
}
