/** Whether the nodes can reach the registry at the address that it listens on. */
import type { Diagnostic } from '../report/diagnostic.ts'
import { isController } from './controllers.ts'
import { report } from './rules.ts'
import type { Spec } from './spec.ts'

/** Checks `registry.listen`. */
export function checkListen(spec: Spec): readonly Diagnostic[] {
  const { run, listen } = spec.registry
  const path = ['registry', 'listen']
  if (listen === null || listen === '0.0.0.0' || /^[0:]+$/.test(listen)) return []
  const controllers = spec.nodes.filter(isController)
  const isLoopback = /^(?:127\.|::1$|localhost$)/.test(listen)
  if (isLoopback) {
    const client = spec.nodes.find(node => !isController(node))
    const pulls = spec.mirrors.some(mirror => mirror.endpoints.length === 0)
    return run === 'bootstrap' && controllers.length > 0 && pulls && client !== undefined
      ? [report('registry/listen-loopback', path, { listen, name: client.name })]
      : []
  }
  const count =
    run === 'every-node' ? spec.nodes.length : run === 'bootstrap' ? controllers.length : 0
  return count > 1 ? [report('registry/listen-of-one-node', path, { listen, count })] : []
}
