/** The controller c1 and the worker w1 of a spec, booted from their user-data. */
import type { BoxEntry } from '../../lib/box.ts'
import { entriesBelow } from '../../lib/entries.ts'
import type { Node, Site } from '../../lib/nspawn.ts'
import type { NodePlan } from '../../lib/stages.ts'
import { bytesOf } from '../../oracle/lib/machines.ts'

/** Boots both nodes with a program that stands in for another one; c1 also gets the bundle folder. */
export async function bootControllerAndWorker(
  site: Site,
  plans: readonly NodePlan[],
  program: BoxEntry,
  bundle: string,
): Promise<Readonly<Record<'c1' | 'w1', Node>>> {
  const boot = (name: 'c1' | 'w1', address: string, files: readonly BoxEntry[]) => {
    const plan = plans.find(planned => planned.name === name)
    if (plan === undefined) throw new Error(`no node ${name}`)
    const userData = bytesOf(plan, { format: 'cloud-init' })
    return site.boot({ name, address, userData, extraFiles: [program, ...files] })
  }
  const [c1, w1] = await Promise.all([
    boot('c1', '192.168.1.10/24', entriesBelow(bundle, '/var/lib/gen-node/bundle')),
    boot('w1', '192.168.1.11/24', []),
  ])
  return { c1, w1 }
}
