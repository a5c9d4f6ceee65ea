/**
 * Pairs of configs that differ in one thing, with secrets in all places where configs have them. Equal
 * seeds give equal pairs.
 */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { ignitionChanges, ignitionConfig } from './ignition-changes.ts'
import { userDataChanges, userDataConfig } from './user-data-changes.ts'

/** Two configs, what differs between them, and the texts by which a diff shows it. */
export interface ConfigPair {
  readonly what: string
  readonly before: Uint8Array
  readonly after: Uint8Array
  readonly shown: readonly RegExp[]
  /** Texts that no output may have. */
  readonly secrets: readonly string[]
}

/** A value of a config. */
export type Value = null | boolean | number | string | readonly Value[] | Config

/** A mapping of a config; undefined stands for no value. */
export interface Config {
  readonly [key: string]: Value | undefined
}

/** Makes words that occur once in a pair. */
export interface Draw {
  readonly word: () => string
  /** A word that no output may have. */
  readonly secret: () => string
}

/**
 * One difference: its name, the place of the changed value, its new value, and what a diff shows. An item
 * of a list is named by its number, its path or its name, and by `+` where it is added.
 */
export type Change = readonly [
  what: string,
  place: string,
  value: Value | undefined | ((before: Value | undefined, draw: Draw) => Value | undefined),
  ...shown: readonly RegExp[],
]

/** All pairs of a seed: one for each change and each of `variants` configs. */
export function drawPairs(seed: number, variants: number): readonly ConfigPair[] {
  let count = 0
  const word = () => wordOf(`${seed} ${count++}`)
  return Array.from({ length: variants }, (_, variant) => [
    ...userDataChanges.map((change, index) =>
      pairOf(change, userDataConfig, config => printUserData(config, variant + index), word),
    ),
    ...ignitionChanges.map(change => pairOf(change, ignitionConfig, printJson, word)),
  ]).flat()
}

/** Nine consonants, which occur in no other text of a config. */
function wordOf(text: string): string {
  const digest = createHash('sha256').update(text).digest()
  return Array.from(digest.subarray(0, 9), byte => 'bcdfghjklmnpqrstvwxz'[byte % 20]).join('')
}

function pairOf(
  [what, place, value, ...shown]: Change,
  configOf: (draw: Draw) => Config,
  print: (config: Config) => Uint8Array,
  word: () => string,
): ConfigPair {
  const secrets: string[] = []
  const secret = () => {
    const text = `S3${word()}`
    secrets.push(text)
    return text
  }
  const draw = { word, secret }
  const before = configOf(draw)
  const changed = (old: Value | undefined) =>
    typeof value === 'function' ? value(old, draw) : value
  const after = withValue(before, place.split(' '), changed) as Config
  return { what, before: print(before), after: print(after), shown, secrets }
}

/** A value in which the value at a place is another one. */
function withValue(
  value: Value | undefined,
  [step, ...steps]: readonly string[],
  changed: (before: Value | undefined) => Value | undefined,
): Value | undefined {
  if (step === undefined) return changed(value)
  if (Array.isArray(value)) {
    const index = indexOf(value, step)
    const item = withValue(value[index], steps, changed)
    return item === undefined ? value.toSpliced(index, 1) : value.toSpliced(index, 1, item)
  }
  const mapping = (value ?? {}) as Config
  return { ...mapping, [step]: withValue(mapping[step], steps, changed) }
}

function indexOf(list: readonly Value[], step: string): number {
  if (step === '+') return list.length
  const index = list.findIndex(item => {
    const { path, name } = item as { readonly path?: string; readonly name?: string }
    return path === step || name === step
  })
  return index < 0 ? Number(step) : index
}

function printJson(config: Config): Uint8Array {
  return new Uint8Array(Buffer.from(JSON.stringify(config)))
}

/** User-data as text, gzipped, in Base64 or in a message. `template` and `part` are no keys of it. */
function printUserData({ template, part, ...config }: Config, form: number): Uint8Array {
  const head = template === true ? '## template: jinja\n' : ''
  const text = `${head}#cloud-config\n${JSON.stringify(config, null, 1)}\n`
  const isMessage = typeof part === 'string' || form % 4 === 3
  const bytes = Buffer.from(
    isMessage ? message(typeof part === 'string' ? [text, part] : [text]) : text,
  )
  if (form % 4 === 1) return new Uint8Array(gzipSync(bytes))
  return new Uint8Array(form % 4 === 2 ? Buffer.from(bytes.toString('base64')) : bytes)
}

function message(parts: readonly string[]): string {
  const type = (part: string) => {
    if (part.startsWith('#!')) return 'x-shellscript'
    return part.startsWith('## template') ? 'jinja2' : 'cloud-config'
  }
  const printed = parts.map(part => `--b\nContent-Type: text/${type(part)}\n\n${part}\n`)
  return `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n${printed.join('')}--b--\n`
}
