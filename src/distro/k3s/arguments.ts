/** Checks the arguments of the user, which are flags of `k3s server` or `k3s agent` in the unit. */
import { isController } from '../../model/controllers.ts'
import type { AnyNode, ListItem } from '../../model/spec.ts'
import { nearest } from '../../model/suggest.ts'
import type { Diagnostic } from '../../report/diagnostic.ts'
import type { Path } from '../../report/place.ts'
import type { Fields } from '../parts/config-field.ts'
import { configFields, generatedLists, type Refusal, refusalOf } from './options.ts'
import { report } from './rules.ts'

/** Checks the arguments of a node, each at its item. */
export function checkArguments(node: AnyNode): readonly Diagnostic[] {
  if (node.args.length === 0) return []
  const { fields } = configFields('server')
  return flagsOf(node.args, fields).flatMap(({ text, from, isValue }) => {
    const [, name] = /^--?([^=]+)/.exec(text) ?? []
    if (name === undefined || isValue) {
      return isValue
        ? []
        : [report('k3s/option-without-flag', from, { found: JSON.stringify(text) })]
    }
    return checkFlag(name, node, fields, from)
  })
}

function checkFlag(name: string, node: AnyNode, fields: Fields, from: Path): readonly Diagnostic[] {
  const option = `--${name}`
  if (!Object.hasOwn(fields, name)) {
    const names = Object.keys(fields).map(key => `--${key}`)
    return [report('k3s/option-unknown', from, { option, nearest: nearest(option, names) })]
  }
  const field = Object.hasOwn(generatedLists, name) ? generatedLists[name] : undefined
  if (field !== undefined) return [report('k3s/option-set-by-gen-node', from, { option, field })]
  const refusal = refusalOf(name)
  if (refusal !== null) return [refused(option, refusal, from)]
  return isController(node) || Object.hasOwn(configFields('agent').fields, name)
    ? []
    : [report('k3s/option-of-server', from, { option, name: node.name })]
}

/** The finding about a setting that the user may not set, as a flag or a key of config.yaml. */
export function refused(option: string, refusal: Refusal, from: Path): Diagnostic {
  switch (refusal.kind) {
    case 'moves-path':
      return report('k3s/option-moves-path', from, { option, path: refusal.path })
    case 'set-by-gen-node':
      return report('k3s/option-set-by-gen-node', from, { option, field: refusal.field })
    case 'changes-start':
      return report('k3s/option-changes-start', from, { option })
    case 'unused-mirrors':
      return report('k3s/mirrors-not-used', from, { option })
  }
}

interface Item extends ListItem {
  /** Whether the item is the value of the flag before it. */
  readonly isValue: boolean
}

/** The items of a list; a flag of another type than boolean takes the next item as its value. */
function flagsOf(items: readonly ListItem[], fields: Fields): readonly Item[] {
  const result: Item[] = []
  for (const item of items) {
    const previous = result.at(-1)
    const [, name = '', equals = ''] = /^--?([^=]+)(=?)/.exec(previous?.text ?? '') ?? []
    const takesValue =
      previous?.isValue === false &&
      equals === '' &&
      name !== '' &&
      fields[name]?.kind !== 'boolean'
    result.push({ ...item, isValue: takesValue && Object.hasOwn(fields, name) })
  }
  return result
}
