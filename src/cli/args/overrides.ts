/** Converts flags that set fields of the spec into overrides. */
import { type Override, type Path, parseYaml, versionFlags } from '../../index.ts'
import { readFile, resolve } from '../io/files.ts'
import { flagValue, type SpecFlags } from './flags.ts'

/** The overrides, or the reason why the flags are invalid. */
export type Overrides =
  | { readonly ok: true; readonly overrides: readonly Override[] }
  | { readonly ok: false; readonly reason: string }

/** The overrides of the flags, in an order that does not depend on the order of the flags. */
export function overridesOf(flags: SpecFlags, hasSpec: boolean): Overrides {
  if (hasSpec && flags.role !== undefined) {
    return refuse('--role makes a spec of one node and cannot be combined with a SPEC; use --node')
  }
  const keys = sshKeys(flags.sshKey ?? [])
  if (!keys.ok) return keys
  const assignments = assignedFields(flags.set ?? [])
  if (!assignments.ok) return assignments
  return {
    ok: true,
    overrides: [
      ...roleOverrides(flags),
      ...valueOverrides(flags),
      ...tokenOverrides(flags),
      ...mirrorOverrides(flags.mirror ?? []),
      ...keys.overrides,
      ...assignments.overrides,
    ],
  }
}

function refuse(reason: string): Overrides {
  return { ok: false, reason }
}

function roleOverrides({ role, node }: SpecFlags): readonly Override[] {
  if (role === undefined) return []
  const name = node ?? role
  const flag = node === undefined ? `--role ${role}` : `--node ${node}`
  return [
    { path: ['nodes', 0, 'name'], value: name, flag },
    { path: ['nodes', 0, 'role'], value: role, flag: `--role ${role}` },
  ]
}

/** Flags whose value is the value of one field. */
const fieldFlags: readonly {
  readonly flag: string
  readonly path: Path
  readonly distro?: string | null
}[] = [
  { flag: '--bootstrap-ip', path: ['bootstrap'] },
  { flag: '--distro', path: ['distro', 'name'] },
  { flag: '--os', path: ['os'] },
  { flag: '--platform', path: ['platform'] },
  { flag: '--registry-port', path: ['registry', 'port'] },
  { flag: '--bundle-path', path: ['registry', 'bundle'] },
  ...versionFlags,
]

function valueOverrides(flags: SpecFlags): readonly Override[] {
  const overrides = fieldFlags.flatMap(({ flag, path, distro = null }) => {
    const value = flagValue(flags, flag)
    if (value === undefined) return []
    const isPort = path.at(-1) === 'port' && /^\d+$/.test(value)
    const typed = `${flag} ${value}`
    // A version is that of one distribution.
    const isSelecting = distro !== null && flags.distro === undefined
    return [
      ...(isSelecting ? [{ path: ['distro', 'name'], value: distro, flag: typed }] : []),
      { path, value: isPort ? Number(value) : value, flag: typed },
    ]
  })
  if (flags.fallback !== false) return overrides
  return [...overrides, { path: ['fallback'], value: 'none', flag: '--no-fallback' }]
}

function tokenOverrides({ tokenFile }: SpecFlags): readonly Override[] {
  if (tokenFile === undefined) return []
  const value = { file: resolve(tokenFile) }
  return [{ path: ['token'], value, flag: `--token-file ${tokenFile}` }]
}

/** One mirror per host; a host that is repeated gets another endpoint. */
function mirrorOverrides(values: readonly string[]): readonly Override[] {
  const endpointsByHost = new Map<string, string[]>()
  const flagByHost = new Map<string, string>()
  for (const value of values) {
    const [, host = value, url] = /^([^=]+)=(.*)$/s.exec(value) ?? []
    const endpoints = endpointsByHost.get(host) ?? []
    endpointsByHost.set(host, url === undefined ? endpoints : [...endpoints, url])
    flagByHost.set(host, `--mirror ${value}`)
  }
  return [...endpointsByHost].map(([host, endpoints], index) => ({
    path: ['mirrors', index],
    value: endpoints.length === 0 ? { host } : { host, endpoints },
    flag: flagByHost.get(host) ?? '',
  }))
}

/** The keys of --ssh-key; each value is a key or the name of a .pub file. */
function sshKeys(values: readonly string[]): Overrides {
  if (values.length === 0) return { ok: true, overrides: [] }
  const path = ['defaults', 'ssh', 'authorizedKeys'] as const
  const overrides: Override[] = [{ path, value: [], flag: '--ssh-key' }]
  for (const [index, value] of values.entries()) {
    const flag = `--ssh-key ${value}`
    if (/^(?:ssh-|ecdsa-|sk-)\S+\s/.test(value)) {
      overrides.push({ path: [...path, index], value, flag })
      continue
    }
    const read = readFile(value, maxKeyBytes)
    if (!read.ok) return refuse(`--ssh-key: cannot read ${value}: ${read.reason}`)
    const key = Buffer.from(read.value).toString('utf8').trim()
    overrides.push({ path: [...path, index], value: key, flag })
  }
  return { ok: true, overrides }
}

const maxKeyBytes = 1 << 16

function assignedFields(values: readonly string[]): Overrides {
  const overrides: Override[] = []
  for (const value of values) {
    const [, left = '', right = ''] = /^([^=]*)=(.*)$/s.exec(value) ?? []
    const path = parsePath(left)
    if (path === null) {
      return refuse(`--set ${left}: write it as PATH=VALUE, such as nodes[0].os=ubuntu`)
    }
    // Messages do not contain the value: it may be a secret.
    overrides.push({ path, value: parseValue(right), flag: `--set ${left}=…` })
  }
  return { ok: true, overrides }
}

/** The steps of a path such as `nodes[0].labels."a.b/c"`, or null where the text is not a path. */
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

/** Lists, mappings, whole numbers, true, false and null are parsed as YAML; other values are texts. */
function parseValue(text: string): unknown {
  // `1.30` is more often a version than a decimal fraction.
  if (!/^(?:[[{"'].*|true|false|null|0|-?[1-9]\d{0,14})$/s.test(text)) return text
  const { value, errors } = parseYaml(text)
  return errors.length === 0 ? value : text
}
