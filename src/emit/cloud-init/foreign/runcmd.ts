/** The effect of runcmd, as far as its commands are modelled. */
import { isList, type Yaml11 } from '../../../codec/pyyaml.ts'
import type { Diagnostic } from '../../../report/diagnostic.ts'
import type { Unmodelled } from '../../emitter.ts'
import type { MachineState } from '../../foreign/machine-state.ts'
import { type Cause, report } from '../../rules.ts'
import { runCommand } from './commands.ts'
import { commandsOf, mayEndScript } from './shell-script.ts'
import { isUnknown, someText, unknownCause } from './unknown.ts'
import { unmodelledValue } from './unmodelled-keys.ts'
import type { Step } from './write-files.ts'

/** The state after the commands of runcmd, which are one shell script. */
export function runCommands(start: MachineState, list: Yaml11): Step {
  if (!isList(list)) {
    if (isUnknown(list)) return unknownStep(start, 'what runcmd does', list, unknownCause(list))
    return ignoredStep(start, 'runcmd', 'not-a-list')
  }
  const invalid = list.findIndex(item => typeof item !== 'string' && item !== null && !isList(item))
  if (invalid >= 0) return ignoredStep(start, 'runcmd', 'entry-not-a-command', String(invalid))
  // Python cannot write the script then.
  if (someText(list, text => /[\udc00-\udfff]/u.test(text)))
    return ignoredStep(start, 'runcmd', 'surrogate')
  return runItems(start, list)
}

function runItems(start: MachineState, list: readonly Yaml11[]): Step {
  let state = start
  const unmodelled: Yaml11[] = []
  for (const [index, item] of list.entries()) {
    const argv = argumentsOf(item)
    const following = list.slice(index + 1).filter(other => other !== null)
    const what = `the effect of runcmd from entry ${index + 1} on`
    if (argv !== null && argv[0] === 'exit') {
      const step = withNotes(state, unmodelled)
      return following.length === 0 ? step : afterExit(step, index)
    }
    const after = argv === null ? runScript(state, item) : runArguments(state, argv)
    if (after !== null) {
      state = after
      continue
    }
    unmodelled.push(item)
    if (following.length === 0 || !mayEnd(item)) continue
    const ending = unknownStep(state, what, following, 'may-end-script', `entry ${index}`)
    const step = withNotes(state, unmodelled)
    return { ...ending, state: step.state }
  }
  return withNotes(state, unmodelled)
}

/** The arguments of a list, or of a line that is one command; null for another line. */
function argumentsOf(item: Yaml11): readonly string[] | null {
  if (isList(item)) {
    const texts = item.map(argumentText)
    return texts.includes(null) ? null : texts.flatMap(text => text ?? [])
  }
  const commands = typeof item === 'string' && !isUnknown(item) ? commandsOf(item) : null
  return commands?.length === 1 ? (commands[0] ?? null) : null
}

/** Python's str() of a value; null for values whose text is not modelled. */
function argumentText(value: Yaml11): string | null {
  if (typeof value === 'string') return isUnknown(value) ? null : value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : null
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return value === null ? 'None' : null
}

function runArguments(state: MachineState, argv: readonly string[]): MachineState | null {
  return argv.length === 0 ? state : runCommand(state, argv)
}

function runScript(state: MachineState, item: Yaml11): MachineState | null {
  if (item === null) return state
  const commands = typeof item === 'string' && !isUnknown(item) ? commandsOf(item) : null
  if (commands === null) return null
  return commands.reduce<MachineState | null>(
    (before, argv) => (before === null ? null : runCommand(before, argv)),
    state,
  )
}

/** Whether later entries may not run, or run in another way, because of one that is not modelled. */
function mayEnd(item: Yaml11): boolean {
  if (typeof item === 'string') return isUnknown(item) || mayEndScript(item)
  const [name = null, verb = null] = isList(item) ? item : []
  return isUnknown(name) || mayEndScript(`${argumentText(name) ?? ''} ${argumentText(verb) ?? ''}`)
}

function withNotes(state: MachineState, items: readonly Yaml11[]): Step {
  if (items.length === 0) return { state, diagnostics: [], unknown: [] }
  const what = items.length === 1 ? 'one command of runcmd' : `${items.length} commands of runcmd`
  const unmodelled = [...state.unmodelled, unmodelledValue(['runcmd'], what, items)]
  return { state: { ...state, unmodelled }, diagnostics: [], unknown: [] }
}

function afterExit(step: Step, index: number): Step {
  const what = `runcmd from entry ${index + 1} on`
  return { ...step, diagnostics: [note(what, 'after-exit', `entry ${index}`)] }
}

function note(what: string, cause: Cause, detail = ''): Diagnostic {
  return report('inspect/ignored', ['runcmd'], { what, cause, detail })
}

function ignoredStep(state: MachineState, what: string, cause: Cause, detail = ''): Step {
  return { state, diagnostics: [note(what, cause, detail)], unknown: [] }
}

function unknownStep(
  state: MachineState,
  what: string,
  value: Yaml11,
  cause: Cause,
  detail = '',
): Step {
  const unknown: Unmodelled = unmodelledValue(['runcmd'], what, value)
  const diagnostic = report('inspect/unknown', ['runcmd'], { what, cause, detail })
  return { state, diagnostics: [diagnostic], unknown: [unknown] }
}
