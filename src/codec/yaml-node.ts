/** YAML values in the order of their text, for readers that hash or print them. */

/** A part of a value: mappings keep their order, scalars keep their source text. */
export type YamlNode =
  | {
      readonly kind: 'scalar'
      readonly value: unknown
      /** The source text of a scalar without quotes and without a tag; otherwise null. */
      readonly plain: string | null
    }
  | { readonly kind: 'list'; readonly items: readonly YamlNode[] }
  | YamlMapping

/** A mapping in the order of the text. */
export interface YamlMapping {
  readonly kind: 'mapping'
  readonly entries: readonly (readonly [key: string, value: YamlNode])[]
}
