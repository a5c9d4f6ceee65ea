/** Sorts the items of a plan: plans with the same items become the same bytes. */
import { compareText } from '../codec/text.ts'
import type { NodePlan, PlanUser } from './plan.ts'

/** The plan sorted by paths and names; a user who is listed several times gets all keys, each once. */
export function orderPlan(plan: NodePlan): NodePlan {
  const byPath = (a: { readonly path: string }, b: { readonly path: string }) =>
    compareText(a.path, b.path)
  const byName = (a: { readonly name: string }, b: { readonly name: string }) =>
    compareText(a.name, b.name)
  return {
    ...plan,
    files: [...plan.files].sort(byPath),
    directories: [...plan.directories].sort(byPath),
    links: [...plan.links].sort(byPath),
    units: [...plan.units].sort(byName),
    users: mergeUsers(plan.users).sort(byName),
  }
}

function mergeUsers(users: readonly PlanUser[]): PlanUser[] {
  const names = [...new Set(users.map(user => user.name))]
  return names.flatMap(name => {
    const same = users.filter(user => user.name === name)
    const authorizedKeys = [...new Set(same.flatMap(user => user.authorizedKeys))]
    return same.slice(0, 1).map(user => ({ ...user, authorizedKeys }))
  })
}
