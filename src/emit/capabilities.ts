/** The items of a plan that a format cannot express. */
import type { NodePlan } from '../plan/plan.ts'
import type { Diagnostic } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import type { Takes } from './emitter.ts'
import { type Cause, type Item, report } from './rules.ts'

/** One diagnostic for each item that the format cannot express, at the item's path in the spec. */
export function uncarriedItems(
  format: string,
  takes: Takes,
  plan: NodePlan,
): readonly Diagnostic[] {
  const cannotCarry = (item: Item, cause: Cause) => (name: string, from: Path) =>
    report('emit/cannot-carry', from, { format, item, name, cause, detail: '' })
  const user = cannotCarry('user', 'no-users')
  const link = cannotCarry('link', 'no-links')
  const owner = cannotCarry('owner', 'only-root')
  const enabledUnit = cannotCarry('enabled-unit', 'no-enabled-units')
  const owned = [...plan.files, ...plan.directories].filter(item => item.owner !== 'root:root')
  const enabled = plan.units.filter(unit => unit.enabled)
  return [
    ...(takes.users ? [] : plan.users.map(({ name, from }) => user(name, from))),
    ...(takes.links ? [] : plan.links.map(({ path, from }) => link(path, from))),
    ...(takes.owners ? [] : owned.map(item => owner(`${item.owner} of ${item.path}`, item.from))),
    ...(takes.enabledUnits ? [] : enabled.map(({ name, from }) => enabledUnit(name, from))),
  ]
}
