/** The effect of the commands that configs commonly run at the first boot. */
import type { TreeEntry } from '../../../plan/tree.ts'
import { absolute, type MachineState, withEntries } from '../../foreign/machine-state.ts'

/** The state after a command, or null where the command's effect is not modelled. */
export function runCommand(state: MachineState, argv: readonly string[]): MachineState | null {
  const [program = '', ...args] = argv
  const name = program.replace(/^\/(?:usr\/)?s?bin\//, '')
  const command = commands.get(name)
  if (command === undefined) return null
  return command(state, parseArguments(args, lettersWithValue.get(name) ?? ''))
}

interface Arguments {
  /** Options without a value, as letters; unknown long options as they are. */
  readonly flags: ReadonlySet<string>
  /** Options with a value, by letter. */
  readonly values: ReadonlyMap<string, string>
  readonly operands: readonly string[]
}

type Command = (state: MachineState, args: Arguments) => MachineState | null

/** The options that take a value, by program. */
const lettersWithValue = new Map([
  ['install', 'mog'],
  ['mkdir', 'm'],
])

const lettersByLongOption = new Map([
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

function parseArguments(args: readonly string[], withValue: string): Arguments {
  const flags = new Set<string>()
  const values = new Map<string, string>()
  const operands: string[] = []
  const queue = [...args]
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (arg === '--') operands.push(...queue.splice(0))
    else if (arg.startsWith('--')) {
      const [option = '', value] = arg.split(/=(.*)/s)
      const letter = lettersByLongOption.get(option)
      if (letter === undefined || !withValue.includes(letter)) flags.add(letter ?? arg)
      else values.set(letter, value ?? queue.shift() ?? '')
    } else if (/^-./.test(arg)) {
      // Letters before the first one with a value are flags; the text after it is its value.
      const valueIndex = [...arg].findIndex(
        (letter, index) => index > 0 && withValue.includes(letter),
      )
      for (const letter of arg.slice(1, valueIndex < 0 ? undefined : valueIndex)) flags.add(letter)
      if (valueIndex > 0)
        values.set(arg.charAt(valueIndex), arg.slice(valueIndex + 1) || (queue.shift() ?? ''))
    } else operands.push(arg)
  }
  return { flags, values, operands }
}

const commands: ReadonlyMap<string, Command> = new Map([
  ['install', install],
  ['mkdir', mkdir],
  ['ln', ln],
  ['chmod', chmod],
  ['chown', chown],
  ['systemctl', systemctl],
])

function install(state: MachineState, { flags, values, operands }: Arguments): MachineState | null {
  const mode = parseMode(values.get('m') ?? '0755')
  if (!flags.has('d') || mode === null || !operands.every(isAbsolute)) return null
  const owner = `${values.get('o') ?? 'root'}:${values.get('g') ?? 'root'}`
  const paths = operands.map(absolute)
  const directories = paths.map(path => ({ kind: 'directory' as const, path, mode, owner }))
  const implied = without(state.implied, paths)
  return { ...withEntries(state, ...directories), implied }
}

/** Existing entries do not change; a directory without -m counts as implied by the entries below it. */
function mkdir(state: MachineState, { values, operands }: Arguments): MachineState | null {
  const mode = parseMode(values.get('m') ?? '0755')
  if (mode === null || !operands.every(isAbsolute)) return null
  const paths = operands.map(absolute).filter(path => !state.entries.has(path))
  const owner = 'root:root'
  const directories = paths.map(path => ({ kind: 'directory' as const, path, mode, owner }))
  const after = withEntries(state, ...directories)
  return values.has('m') ? after : { ...after, implied: new Set([...state.implied, ...paths]) }
}

function ln(state: MachineState, { flags, operands }: Arguments): MachineState | null {
  const [target, name, ...furtherOperands] = operands
  if (!flags.has('s') || target === undefined || name === undefined || furtherOperands.length > 0)
    return null
  if (!isAbsolute(name)) return null
  const isDirectory = state.entries.get(absolute(name))?.kind === 'directory' || name.endsWith('/')
  const path = absolute(
    isDirectory && !flags.has('T') ? `${name}/${target.replace(/^.*\/(?=.)/s, '')}` : name,
  )
  return withEntries(state, { kind: 'link', path, mode: 0o777, owner: 'root:root', target })
}

function chmod(state: MachineState, { flags, operands }: Arguments): MachineState | null {
  const [text = '', ...paths] = operands
  const mode = parseMode(text)
  if (mode === null || flags.size > 0) return null
  return changeEntries(state, paths, entry => ({ ...entry, mode }))
}

function chown(state: MachineState, { flags, operands }: Arguments): MachineState | null {
  const [text = '', ...paths] = operands
  const [, user, group] = /^([A-Za-z0-9_.-]+)(?::([A-Za-z0-9_.-]+))?$/.exec(text) ?? []
  if (user === undefined || flags.size > 0) return null
  return changeEntries(state, paths, entry => {
    // Linux clears setuid and setgid of a file when its owner changes.
    const mode = entry.kind === 'file' ? entry.mode & 0o1777 : entry.mode
    return { ...entry, mode, owner: `${user}:${group ?? entry.owner.split(':')[1]}` }
  })
}

/** Null where a path is not an entry of the config: its mode and owner are unknown then. */
function changeEntries(
  state: MachineState,
  paths: readonly string[],
  change: (entry: TreeEntry) => TreeEntry,
): MachineState | null {
  if (!paths.every(isAbsolute)) return null
  const entries = paths.flatMap(path => state.entries.get(absolute(path)) ?? [])
  if (entries.length < paths.length || entries.some(({ kind }) => kind === 'link')) return null
  return withEntries(state, ...entries.map(change))
}

function systemctl(state: MachineState, { operands }: Arguments): MachineState | null {
  const [verb = '', ...names] = operands
  const units = names.map(name => name.replace(/^.*\//s, '').replace(/^[^.]+$/s, '$&.service'))
  if (verb === 'enable' || verb === 'reenable') {
    return { ...state, enabled: new Set([...state.enabled, ...units]) }
  }
  if (verb === 'disable') return { ...state, enabled: without(state.enabled, units) }
  return verbsWithoutFileChanges.has(verb) ? state : null
}

const verbsWithoutFileChanges = new Set(
  'daemon-reload start restart reload stop status is-active try-restart'.split(' '),
)

function without(set: ReadonlySet<string>, removed: readonly string[]): ReadonlySet<string> {
  return new Set([...set].filter(item => !removed.includes(item)))
}

/** A relative path depends on the working directory, which earlier commands may have changed. */
function isAbsolute(path: string): boolean {
  return path.startsWith('/')
}

function parseMode(text: string): number | null {
  return /^[0-7]{1,5}$/.test(text) ? Number.parseInt(text, 8) & 0o7777 : null
}
