/** The effect of runcmd, as far as its commands are modelled. */
import { isList, type Yaml11 } from '../../../codec/pyyaml.ts'
import type { MachineState } from '../../foreign/machine-state.ts'
import { report } from '../../rules.ts'
import { runCommand } from './commands.ts'
import { commandsOf } from './shell-arguments.ts'
import { unmodelledValue } from './unmodelled-keys.ts'
import type { Step } from './write-files.ts'

/** The state after the commands of runcmd. */
export function runCommands(start: MachineState, list: Yaml11): Step {
  if (!isList(list)) {
    const ignored = { what: 'runcmd', cause: 'not-a-list', detail: '' } as const
    return { state: start, diagnostics: [report('inspect/ignored', [], ignored)] }
  }
  const invalid = list.findIndex(item => typeof item !== 'string' && item !== null && !isList(item))
  if (invalid >= 0) {
    const ignored = {
      what: 'runcmd',
      cause: 'entry-not-a-command',
      detail: String(invalid),
    } as const
    return { state: start, diagnostics: [report('inspect/ignored', ['runcmd', invalid], ignored)] }
  }
  let state = start
  const unmodelledItems: Yaml11[] = []
  for (const item of list) {
    const after = runItem(state, item)
    if (after === null) unmodelledItems.push(item)
    else state = after
  }
  if (unmodelledItems.length === 0) return { state, diagnostics: [] }
  const what =
    unmodelledItems.length === 1
      ? 'one command of runcmd'
      : `${unmodelledItems.length} commands of runcmd`
  const unmodelled = [...state.unmodelled, unmodelledValue(['runcmd'], what, unmodelledItems)]
  return { state: { ...state, unmodelled }, diagnostics: [] }
}

/** The state after one entry: a shell line, or a list of arguments; null where it is not modelled. */
function runItem(state: MachineState, item: Yaml11): MachineState | null {
  if (isList(item)) return runCommand(state, item.map(String))
  if (typeof item !== 'string') return state
  const commands = commandsOf(item)
  if (commands === null) return null
  return commands.reduce<MachineState | null>(
    (before, argv) => (before === null ? null : runCommand(before, argv)),
    state,
  )
}
