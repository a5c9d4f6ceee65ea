/** The chart package on a controller: the shell lines that take it from the registry before k0s starts. */
import chart from '../../../templates/k0s/chart.sh.hbs'
import { isController } from '../../model/controllers.ts'
import type { AnyNode, AnySpec } from '../../model/spec.ts'
import { registryUrls, runsRegistry } from '../parts/registry-address.ts'
import { chartRepository, chartSource, chartTag, k0rdentOf, packagePath } from './k0rdent.ts'

/**
 * The lines for a node, or an empty text where k0s needs no package. They use the functions report, run, get
 * and fail of the first boot, and take the package again only where it is absent or has another digest.
 */
export function chartLines(spec: AnySpec, node: AnyNode): string {
  const addon = k0rdentOf(spec)
  if (addon === null || !isController(node) || chartSource(spec).kind !== 'package') return ''
  const { bundle } = spec.registry
  return chart({
    path: packagePath(addon),
    repository: chartRepository,
    tag: chartTag(addon),
    registries: registryUrls(spec, node),
    remedy: runsRegistry(spec, node) ? `add it to the bundle ${bundle}` : 'add it to the registry',
  })
}
