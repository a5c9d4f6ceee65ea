/** The source of a spec: a text, flags that set its fields, or both. */
import { memoizeByObject } from '../codec/memoize.ts'
import { parseYaml } from '../codec/yaml.ts'
import type { Path } from '../report/place.ts'

/** The text and the flags of a spec. */
export interface Source {
  /** Name in messages: the name of the file, `-` or `flags`. */
  readonly name: string
  /** Null if the spec consists of flags only. */
  readonly text: string | null
  readonly overrides: readonly Override[]
}

/** One flag that sets one field; it overrides the text. */
export interface Override {
  readonly path: Path
  readonly value: unknown
  /** The flag as it was typed: `--role worker`. */
  readonly flag: string
}

/** The parsed text of a source. Loading and locating use the same result. */
export const yamlOf = memoizeByObject((source: Source) => parseYaml(source.text ?? ''))
