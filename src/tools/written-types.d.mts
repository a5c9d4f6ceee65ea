/** The text of written.ts for a schema. */
export function writtenTypes(schema: object): string
