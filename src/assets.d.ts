/** The types of imports that are not code. `tools/assets.mjs` turns each into a module. */
declare module '*.hbs' {
  /** The text of the template with these values; throws where a value is missing. */
  const render: (values: Readonly<Record<string, unknown>>) => string
  export default render
}
declare module '*?validator' {
  /** An error as ajv reports it. */
  export interface SchemaError {
    readonly instancePath: string
    readonly schemaPath: string
    readonly keyword: string
    readonly params: Readonly<Record<string, unknown>>
    readonly message?: string
  }
  const validate: { (value: unknown): boolean; errors?: readonly SchemaError[] | null }
  export default validate
}
declare module '*?bundle' {
  /** The source text of a program, bundled and minified. */
  const text: string
  export default text
}

// The types of the package describe its root import only.
declare module '@iarna/toml/stringify.js' {
  const stringify: { (table: Record<string, unknown>): string; value(value: unknown): string }
  export default stringify
}

// The Encoding API is in every target of the core (Node, browsers), but not in the language's own types.
declare const TextEncoder: new () => { encode(text: string): Uint8Array }
declare const TextDecoder: new (
  label?: string,
  options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean },
) => { decode(bytes?: Uint8Array): string }
