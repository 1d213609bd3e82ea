/** As much of JSON Schema (draft 7) as the chart needs. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  /** Keys that are given only together with others. */
  readonly dependencies?: Readonly<Record<string, readonly string[]>>;
  readonly items?: JsonSchema;
}

/** A map with these keys and no others. */
export function strict(
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = [],
): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    properties,
    ...(required.length > 0 ? { required } : {}),
  };
}

/** `schema` with the description of each key that has one, and of those below it. */
export function described(
  schema: JsonSchema,
  descriptions: ReadonlyMap<string, string>,
  prefix = '',
): JsonSchema {
  if (schema.properties === undefined) return schema;
  const properties = Object.entries(schema.properties).map(([name, child]) => {
    const path = prefix + name;
    const description = descriptions.get(path);
    const below = described(child, descriptions, `${path}.`);
    return [name, description === undefined ? below : { description, ...below }] as const;
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}
