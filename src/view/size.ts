/** Sizes that a platform does not take, as findings. */
import type { Budget, Diagnostic, Path, Want } from '../index.ts'

/** What weighs most and what would help, at the place that names the platform. */
export function overBudget(name: string, path: Path, budget: Budget, want: Want): Diagnostic {
  const heaviest = budget.heaviest.slice(0, 3).map(one => `${one.path} (${one.gzip} gzipped)`)
  return {
    rule: 'size/over-budget',
    severity: 'error',
    path,
    at: 'value',
    args: {
      name,
      counted: String(budget.counted),
      platform: want.platform ?? '',
      limit: String(budget.limit),
      heaviest: heaviest.join(', '),
      remedies: budget.help.join('\n'),
    },
    also: [],
    range: null,
  }
}
