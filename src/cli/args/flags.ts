/** The flags and what they mean: fields of the spec, or wishes about the output. */
import { emitterOptions, type Format, type Override, type Path, parseYaml } from '../../index.ts'
import { readFile, resolve } from '../io/files.ts'

/** Flags that stand for spec fields. */
export interface SpecFlags {
  readonly role?: string
  readonly bootstrapIp?: string
  readonly node?: string
  readonly distro?: string
  readonly k0sVersion?: string
  readonly os?: string
  readonly platform?: string
  readonly mirror?: readonly string[]
  readonly fallback?: boolean
  readonly registryPort?: string
  readonly bundlePath?: string
  readonly tokenFile?: string
  readonly k0rdentVersion?: string
  readonly sshKey?: readonly string[]
  readonly set?: readonly string[]
}

/** Flags about the documents. */
export interface OutputFlags {
  readonly format?: Format
  readonly output?: string
  readonly gzip?: 'auto' | 'always' | 'never'
  readonly force?: boolean
}

/** The emitters' options that a call sets, by name; commander stores --a-b as `aB`. */
export function emitterOptionsOf(flags: object): Readonly<Record<string, string>> {
  const entries = emitterOptions.flatMap(({ name }) => {
    const key = name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
    const value = new Map<string, unknown>(Object.entries(flags)).get(key)
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  return Object.fromEntries(entries)
}

/** Flags about how findings are told. */
export interface ReportFlags {
  readonly strict?: boolean
  readonly report?: 'text' | 'json' | 'github' | 'sarif'
  readonly color?: 'auto' | 'always' | 'never'
  readonly quiet?: boolean
  readonly verbose?: boolean
}

/** What the flags say about the spec, or what is wrong with the flags themselves. */
export type Overrides =
  | { readonly ok: true; readonly overrides: readonly Override[] }
  | { readonly ok: false; readonly reason: string }

/** The overrides that the flags stand for, in an order that does not depend on the command line's. */
export function overridesOf(flags: SpecFlags, hasSpec: boolean): Overrides {
  if (hasSpec && flags.role !== undefined) {
    return refuse('--role makes a spec of one node: it cannot be combined with a SPEC (use --node)')
  }
  const overrides: Override[] = []
  const add = (path: Path, value: unknown, flag: string) => overrides.push({ path, value, flag })
  if (flags.role !== undefined) {
    add(
      ['nodes', 0, 'name'],
      flags.node ?? flags.role,
      flags.node ? `--node ${flags.node}` : `--role ${flags.role}`,
    )
    add(['nodes', 0, 'role'], flags.role, `--role ${flags.role}`)
  }
  for (const [key, name, path] of simple) {
    const value = flags[key]
    if (value !== undefined) add(path, value, `${name} ${value}`)
  }
  if (flags.fallback === false) add(['fallback'], 'none', '--no-fallback')
  if (flags.registryPort !== undefined) {
    const port = /^\d+$/.test(flags.registryPort) ? Number(flags.registryPort) : flags.registryPort
    add(['registry', 'port'], port, `--registry-port ${flags.registryPort}`)
  }
  if (flags.tokenFile !== undefined) {
    add(['token'], { file: resolve(flags.tokenFile) }, `--token-file ${flags.tokenFile}`)
  }
  overrides.push(...mirrorsOf(flags.mirror ?? []))
  const keys = ['defaults', 'ssh', 'authorizedKeys'] as const
  if (flags.sshKey !== undefined) add(keys, [], '--ssh-key')
  for (const [at, key] of (flags.sshKey ?? []).entries()) {
    const text = publicKey(key)
    if (!text.ok) return refuse(`--ssh-key ${key}: ${text.reason}`)
    add([...keys, at], text.value, `--ssh-key ${key}`)
  }
  for (const word of flags.set ?? []) {
    const [, left = '', right = ''] = /^([^=]*)=(.*)$/s.exec(word) ?? []
    const path = parsePath(left)
    if (path === null)
      return refuse(`--set ${left}: write it as PATH=VALUE, such as nodes[0].os=ubuntu`)
    // A value may be a secret under a key that is none of ours yet: only the place is named.
    add(path, parseValue(right), `--set ${left}=…`)
  }
  return { ok: true, overrides }
}

const simple = [
  ['bootstrapIp', '--bootstrap-ip', ['bootstrap']],
  ['distro', '--distro', ['distro', 'name']],
  ['k0sVersion', '--k0s-version', ['distro', 'version']],
  ['os', '--os', ['os']],
  ['platform', '--platform', ['platform']],
  ['bundlePath', '--bundle-path', ['registry', 'bundle']],
  ['k0rdentVersion', '--k0rdent-version', ['addons', 'k0rdent', 'version']],
] as const

function refuse(reason: string): Overrides {
  return { ok: false, reason }
}

/** A host that is named again gets one more endpoint. */
function mirrorsOf(words: readonly string[]): readonly Override[] {
  const hosts = new Map<string, string[]>()
  const flags = new Map<string, string>()
  for (const word of words) {
    const [, host = word, url] = /^([^=]+)=(.*)$/s.exec(word) ?? []
    hosts.set(host, [...(hosts.get(host) ?? []), ...(url === undefined ? [] : [url])])
    flags.set(host, `--mirror ${word}`)
  }
  return [...hosts].map(([host, endpoints], at) => ({
    path: ['mirrors', at],
    value: endpoints.length === 0 ? { host } : { host, endpoints },
    flag: flags.get(host) ?? '',
  }))
}

function publicKey(word: string): ReturnType<typeof readText> {
  return /^(?:ssh-|ecdsa-|sk-)\S+\s/.test(word) ? { ok: true, value: word } : readText(word)
}

function readText(path: string) {
  const read = readFile(path, 1 << 16)
  return read.ok
    ? { ok: true as const, value: Buffer.from(read.value).toString('utf8').trim() }
    : read
}

/** `nodes[0].labels."a.b/c"` as its steps, or null where it is no path. */
export function parsePath(text: string): Path | null {
  const step = /(?:^|\.)([^.[\]"=\s]+|"[^"]+")|\[(\d+)\]|\["([^"]+)"\]/y
  const path: (string | number)[] = []
  while (step.lastIndex < text.length) {
    const match = step.exec(text)
    if (match === null) return null
    const [, key, index, quoted] = match
    path.push(index === undefined ? (key?.replaceAll('"', '') ?? quoted ?? '') : Number(index))
  }
  return path.length === 0 ? null : path
}

/** A flag's value: a list, a mapping, a whole number, true, false and null as YAML reads them; else text. */
function parseValue(text: string): unknown {
  // `1.30` is a version far more often than a fraction.
  if (!/^(?:[[{"'].*|true|false|null|0|-?[1-9]\d{0,14})$/s.test(text)) return text
  const { value, mistakes } = parseYaml(text)
  return mistakes.length === 0 ? value : text
}
