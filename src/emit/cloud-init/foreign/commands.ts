/** The effect of the commands that configs commonly run at the first boot. */
import { parentsOf } from '../../../plan/path.ts'
import type { TreeEntry } from '../../../plan/tree.ts'
import { absolute, type MachineState, withEntries } from '../../foreign/machine-state.ts'
import { fileAbove, isDirectory } from './file-system.ts'
import { modeAfterChown } from './written-files.ts'

/**
 * The state after a command, or null where the command's effect is not modelled, or where it may fail
 * because of something that is not in the config.
 */
export function runCommand(state: MachineState, argv: readonly string[]): MachineState | null {
  const [program = '', ...args] = argv
  const name = program.replace(/^\/(?:usr\/)?s?bin\//, '')
  const command = commands.get(name)
  if (command === undefined) return null
  const parsed = parseArguments(args, command.withValue)
  if ([...parsed.flags].some(flag => !command.flags.includes(flag))) return null
  return command.run(state, parsed)
}

interface Arguments {
  /** Options without a value, as letters; unknown long options as they are. */
  readonly flags: ReadonlySet<string>
  /** Options with a value, by letter. */
  readonly values: ReadonlyMap<string, string>
  readonly operands: readonly string[]
}

interface Command {
  readonly run: (state: MachineState, args: Arguments) => MachineState | null
  /** The options that take a value, as letters. */
  readonly withValue: string
  /** The other options that are modelled. */
  readonly flags: readonly string[]
}

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
  ['install', { run: install, withValue: 'mog', flags: ['d', 'v'] }],
  ['mkdir', { run: mkdir, withValue: 'm', flags: ['p', 'v'] }],
  ['ln', { run: ln, withValue: '', flags: ['s', 'f', 'n', 'T', 'v'] }],
  ['chmod', { run: chmod, withValue: '', flags: ['v'] }],
  ['chown', { run: chown, withValue: '', flags: ['v'] }],
  [
    'systemctl',
    {
      run: systemctl,
      withValue: '',
      flags: ['--now', '--no-block', '--quiet', 'q', 'f', '--system'],
    },
  ],
])

function install(state: MachineState, { flags, values, operands }: Arguments): MachineState | null {
  const mode = parseMode(values.get('m') ?? '0755')
  if (!flags.has('d') || mode === null || !canBeDirectories(state, operands)) return null
  const owner = `${values.get('o') ?? 'root'}:${values.get('g') ?? 'root'}`
  const paths = operands.map(absolute)
  const directories = paths.map(path => ({ kind: 'directory' as const, path, mode, owner }))
  const implied = without(state.implied, paths)
  return { ...withEntries(state, ...directories), implied }
}

/** Existing entries do not change; a directory without -m counts as implied by the entries below it. */
function mkdir(state: MachineState, { flags, values, operands }: Arguments): MachineState | null {
  const mode = parseMode(values.get('m') ?? '0755')
  if (mode === null || !canBeDirectories(state, operands)) return null
  const targets = operands.map(absolute)
  // Without -p an existing directory is an error, and so is a missing parent.
  const mayFail = (path: string) => isDirectory(state, path) || !isDirectory(state, parentOf(path))
  if (!flags.has('p') && targets.some(mayFail)) return null
  const paths = targets.filter(path => !isDirectory(state, path))
  const owner = 'root:root'
  const directories = paths.map(path => ({ kind: 'directory' as const, path, mode, owner }))
  const after = withEntries(state, ...directories)
  return values.has('m') ? after : { ...after, implied: new Set([...state.implied, ...paths]) }
}

/** Whether no file or link of the config is at one of the paths or above it. */
function canBeDirectories(state: MachineState, operands: readonly string[]): boolean {
  return operands.every(operand => {
    const path = absolute(operand)
    const kind = state.entries.get(path)?.kind ?? 'directory'
    return isAbsolute(operand) && kind === 'directory' && fileAbove(state, path) === null
  })
}

function parentOf(path: string): string {
  return parentsOf(path).at(-1) ?? '/'
}

function ln(state: MachineState, { flags, operands }: Arguments): MachineState | null {
  const [target, name, ...furtherOperands] = operands
  if (!flags.has('s') || target === undefined || name === undefined || furtherOperands.length > 0)
    return null
  if (!isAbsolute(name)) return null
  const isInside = isDirectory(state, absolute(name))
  if (isInside && flags.has('T')) return null
  const path = absolute(isInside ? `${name}/${target.replace(/^.*\/(?=.)/s, '')}` : name)
  const existing = state.entries.get(path)
  if (existing?.kind === 'directory' || (existing !== undefined && !flags.has('f'))) return null
  // A link may lead to a directory; then the new link is made inside.
  if (existing?.kind === 'link' && !flags.has('n') && !flags.has('T')) return null
  if (!isDirectory(state, parentOf(path))) return null
  return withEntries(state, { kind: 'link', path, mode: 0o777, owner: 'root:root', target })
}

function chmod(state: MachineState, { operands }: Arguments): MachineState | null {
  const [text = '', ...paths] = operands
  const mode = parseMode(text)
  if (mode === null) return null
  return changeEntries(state, paths, entry => {
    // Fewer than five digits keep setuid and setgid of a directory.
    const kept = entry.kind === 'directory' && text.length < 5 ? entry.mode & 0o6000 : 0
    return { ...entry, mode: mode | kept }
  })
}

function chown(state: MachineState, { operands }: Arguments): MachineState | null {
  const [text = '', ...paths] = operands
  const [, user, group] = /^([A-Za-z0-9_-]+)(?::([A-Za-z0-9_-]+))?$/.exec(text) ?? []
  if (user === undefined) return null
  return changeEntries(state, paths, entry => {
    const mode = entry.kind === 'file' ? modeAfterChown(entry.mode) : entry.mode
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
  const changed = entries.map(change)
  // A directory whose mode or owner was set is more than the parent of other entries.
  const implied = without(
    state.implied,
    changed.map(({ path }) => path),
  )
  return { ...withEntries(state, ...changed), implied }
}

/** Units that are not enabled by the config are units of the image: nothing is known about them. */
function systemctl(state: MachineState, { operands }: Arguments): MachineState | null {
  const [verb = '', ...names] = operands
  const units = names.map(name => name.replace(/^.*\//s, '').replace(/^[^.]+$/s, '$&.service'))
  if (verb === 'enable' || verb === 'reenable') {
    return { ...state, enabled: new Set([...state.enabled, ...units]) }
  }
  if (verb === 'daemon-reload' || verb === 'is-active' || verb === 'status') return state
  const areEnabled = units.every(unit => state.enabled.has(unit))
  if (verb === 'disable' && areEnabled) return { ...state, enabled: without(state.enabled, units) }
  return areEnabled && /^(?:start|restart|reload-or-restart|try-restart)$/.test(verb) ? state : null
}

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
