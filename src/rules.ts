/** The catalogue: the rules of all rooms in one table, sorted by id. */
import { rules as convertRules } from './convert/rules.ts'
import { distros } from './distro/distros.ts'
import { rules as distroRules } from './distro/rules.ts'
import { rules as emitRules } from './emit/rules.ts'
import { rules as modelRules } from './model/rules.ts'
import { rules as planRules } from './plan/rules.ts'
import type { Rule, RuleTable } from './report/rule.ts'

const tables: readonly RuleTable[] = [
  modelRules,
  planRules,
  distroRules,
  ...distros.map(distro => distro.rules),
  emitRules,
  convertRules,
]

/** Every rule by its id. */
export const rules: RuleTable = Object.fromEntries(
  tables
    .flatMap(table => Object.entries(table) as [string, Rule<never>][])
    .sort(([a], [b]) => (a < b ? -1 : 1)),
)
