/** A spec as it was given: a text, flags that stand for its fields, or both. */
import { memoizeByObject } from '../codec/memoize.ts'
import { parseYaml } from '../codec/yaml.ts'
import type { Path } from '../report/place.ts'

export interface Source {
  /** What the user calls it: a file's name, `-` or `flags`. */
  readonly name: string
  /** Null where the flags alone are the spec. */
  readonly text: string | null
  readonly overrides: readonly Override[]
}

/** One flag that sets one field; it wins over the text. */
export interface Override {
  readonly path: Path
  readonly value: unknown
  /** The flag as it was typed: `--role worker`. */
  readonly flag: string
}

/** The parsed text of a source. Loading and locating use the same result. */
export const yamlOf = memoizeByObject((source: Source) => parseYaml(source.text ?? ''))
