/** The items of a plan that a format cannot express. */
import type { NodePlan } from '../plan/plan.ts'
import type { Diagnostic } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import type { Takes } from './emitter.ts'
import { type Item, report } from './rules.ts'

/** One diagnostic for each item that the format does not take, at the item's place in the spec. */
export function uncarriedItems(
  format: string,
  takes: Takes,
  plan: NodePlan,
): readonly Diagnostic[] {
  const cannotCarry = (item: Item, name: string, from: Path) =>
    report('emit/cannot-carry', from, { format, item, name, cause: 'no-item-type', detail: '' })
  const { users, links, files, directories, units } = plan
  return [
    ...(takes.users ? [] : users.map(user => cannotCarry('user', user.name, user.from))),
    ...(takes.links ? [] : links.map(link => cannotCarry('link', link.path, link.from))),
    ...(takes.owners
      ? []
      : [...files, ...directories]
          .filter(({ owner }) => owner !== 'root:root')
          .map(({ owner, path, from }) => cannotCarry('owner', `${owner} of ${path}`, from))),
    ...(takes.enabledUnits
      ? []
      : units
          .filter(unit => unit.enabled)
          .map(unit => cannotCarry('enabled-unit', unit.name, unit.from))),
  ]
}
