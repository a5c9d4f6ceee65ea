/** What the commands do that configs commonly run at the first boot. */
import type { TreeEntry } from '../../../plan/tree.ts'
import { absolute, type Machine, place } from '../../foreign/machine-state.ts'

/** The machine after a command, or null where the command is not understood. */
export function runCommand(machine: Machine, argv: readonly string[]): Machine | null {
  const [program = '', ...rest] = argv
  const name = program.replace(/^\/(?:usr\/)?s?bin\//, '')
  const verb = verbs.get(name)
  const words = parseArguments(rest, valued.get(name) ?? '')
  return verb === undefined || words === null ? null : verb(machine, words)
}

interface Arguments {
  readonly flags: ReadonlySet<string>
  readonly values: ReadonlyMap<string, string>
  readonly operands: readonly string[]
}

type Verb = (machine: Machine, words: Arguments) => Machine | null

/** The options that take a value, as letters. */
const valued = new Map([
  ['install', 'mog'],
  ['mkdir', 'm'],
])
const long = new Map([
  ['--mode', 'm'],
  ['--owner', 'o'],
  ['--group', 'g'],
  ['--directory', 'd'],
  ['--parents', 'p'],
  ['--symbolic', 's'],
  ['--force', 'f'],
  ['--no-dereference', 'n'],
  ['--no-target-directory', 'T'],
  ['--verbose', 'v'],
])

function parseArguments(words: readonly string[], takesValue: string): Arguments | null {
  const flags = new Set<string>()
  const values = new Map<string, string>()
  const operands: string[] = []
  const queue = [...words]
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === '--') operands.push(...queue.splice(0))
    else if (word.startsWith('--')) {
      const [option = '', value] = word.split(/=(.*)/s)
      const letter = long.get(option)
      if (letter === undefined || !takesValue.includes(letter)) flags.add(letter ?? word)
      else values.set(letter, value ?? queue.shift() ?? '')
    } else if (/^-./.test(word)) {
      const found = [...word.slice(1)].findIndex(letter => takesValue.includes(letter))
      for (const letter of word.slice(1, found < 0 ? undefined : found + 1)) flags.add(letter)
      if (found >= 0)
        values.set(word.charAt(found + 1), word.slice(found + 2) || (queue.shift() ?? ''))
    } else operands.push(word)
  }
  return { flags, values, operands }
}

const verbs: ReadonlyMap<string, Verb> = new Map([
  ['install', install],
  ['mkdir', mkdir],
  ['ln', ln],
  ['chmod', chmod],
  ['chown', chown],
  ['systemctl', systemctl],
])

function install(machine: Machine, { flags, values, operands }: Arguments): Machine | null {
  const mode = modeOf(values.get('m') ?? '0755')
  if (!flags.has('d') || mode === null || !operands.every(isAbsolute)) return null
  const owner = `${values.get('o') ?? 'root'}:${values.get('g') ?? 'root'}`
  const paths = operands.map(absolute)
  const made = place(
    machine,
    ...paths.map(path => ({ kind: 'directory' as const, path, mode, owner })),
  )
  return { ...made, implied: without(machine.implied, paths) }
}

/** Leaves what exists as it is; without a mode it may only prepare the way for something. */
function mkdir(machine: Machine, { values, operands }: Arguments): Machine | null {
  const mode = modeOf(values.get('m') ?? '0755')
  if (mode === null || !operands.every(isAbsolute)) return null
  const paths = operands.map(absolute).filter(path => !machine.entries.has(path))
  const made = place(
    machine,
    ...paths.map(path => ({ kind: 'directory' as const, path, mode, owner: 'root:root' })),
  )
  return values.has('m') ? made : { ...made, implied: new Set([...machine.implied, ...paths]) }
}

function ln(machine: Machine, { flags, operands }: Arguments): Machine | null {
  const [target, at, ...more] = operands
  if (!flags.has('s') || target === undefined || at === undefined || more.length > 0) return null
  if (!isAbsolute(at)) return null
  const inside = machine.entries.get(absolute(at))?.kind === 'directory' || at.endsWith('/')
  const path = absolute(
    inside && !flags.has('T') ? `${at}/${target.replace(/^.*\/(?=.)/s, '')}` : at,
  )
  return place(machine, { kind: 'link', path, mode: 0o777, owner: 'root:root', target })
}

function chmod(machine: Machine, { flags, operands }: Arguments): Machine | null {
  const [word = '', ...paths] = operands
  const mode = modeOf(word)
  if (mode === null || flags.size > 0) return null
  return change(machine, paths, entry => ({ ...entry, mode }))
}

function chown(machine: Machine, { flags, operands }: Arguments): Machine | null {
  const [word = '', ...paths] = operands
  const [, user, group] = /^([A-Za-z0-9_.-]+)(?::([A-Za-z0-9_.-]+))?$/.exec(word) ?? []
  if (user === undefined || flags.size > 0) return null
  return change(machine, paths, entry => {
    // Linux takes setuid and setgid from files that change hands.
    const kept = entry.kind === 'file' ? entry.mode & 0o1777 : entry.mode
    return { ...entry, mode: kept, owner: `${user}:${group ?? entry.owner.split(':')[1]}` }
  })
}

/** Null where one of the paths is not in the config: what it would become is not known. */
function change(
  machine: Machine,
  paths: readonly string[],
  to: (entry: TreeEntry) => TreeEntry,
): Machine | null {
  if (!paths.every(isAbsolute)) return null
  const entries = paths.map(path => machine.entries.get(absolute(path)))
  const known = entries.flatMap(entry => (entry === undefined ? [] : [entry]))
  if (known.length < paths.length || known.some(entry => entry.kind === 'link')) return null
  return place(machine, ...known.map(to))
}

/** Only enabling and disabling change what is on the machine; the other verbs change what runs. */
function systemctl(machine: Machine, { operands }: Arguments): Machine | null {
  const [verb = '', ...rest] = operands
  const units = rest.map(unit => unit.replace(/^.*\//s, '').replace(/^[^.]+$/s, '$&.service'))
  if (verb === 'enable' || verb === 'reenable') {
    return { ...machine, enabled: new Set([...machine.enabled, ...units]) }
  }
  if (verb === 'disable') return { ...machine, enabled: without(machine.enabled, units) }
  return quiet.has(verb) ? machine : null
}

const quiet = new Set(
  'daemon-reload start restart reload stop status is-active try-restart'.split(' '),
)

function without(set: ReadonlySet<string>, gone: readonly string[]): ReadonlySet<string> {
  return new Set([...set].filter(item => !gone.includes(item)))
}

/** Where a relative path leads depends on commands before. */
function isAbsolute(path: string): boolean {
  return path.startsWith('/')
}

function modeOf(text: string): number | null {
  return /^[0-7]{1,5}$/.test(text) ? Number.parseInt(text, 8) & 0o7777 : null
}
