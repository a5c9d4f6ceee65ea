/** k0s.yaml of a controller without internet. */
import { isIpv4, isIpv6 } from '../../codec/address.ts'
import type { Plain, PlainMapping } from '../../codec/plain.ts'
import { printYaml } from '../../codec/yaml-print.ts'
import type { AnyNode, AnySpec } from '../../model/spec.ts'
import { checked, type Outcome } from '../../report/diagnostic.ts'
import { valuesAt } from '../parts/config-field.ts'
import { merge } from '../parts/config-merge.ts'
import { checkK0rdentValues, helmExtension } from './k0rdent-config.ts'

/** The text of k0s.yaml: the user's configuration merged over the generated one. */
export function k0sYaml(spec: AnySpec, node: AnyNode): Outcome<string> {
  const merged = merge(generatedConfig(spec, node), spec.distro.config)
  // k0s reads neither apiVersion nor kind, so those of a given file may be of an older form.
  const text = printYaml({ ...(merged as PlainMapping), ...identity })
  return checked(text, checkK0rdentValues(spec))
}

const identity = { apiVersion: 'k0s.k0sproject.io/v1beta1', kind: 'ClusterConfig' }

/** The configuration of a controller before the user's is merged over it. */
export function generatedConfig(spec: AnySpec, node: AnyNode): Plain {
  const { address } = node
  const sans = [...new Set([address, spec.bootstrap].filter(name => name !== null))]
  const loadBalancer = loadBalancerOf(spec)
  const api = {
    // k0s accepts an IP address only; without it, k0s uses the first address of the machine.
    ...(address !== null && isIp(address) ? { address } : {}),
    ...(loadBalancer === null ? {} : { externalAddress: loadBalancer }),
    ...(sans.length === 0 ? {} : { sans }),
  }
  const helm = helmExtension(spec)
  return {
    ...identity,
    metadata: { name: spec.name },
    spec: {
      ...(sans.length === 0 ? {} : { api }),
      telemetry: { enabled: false },
      ...(helm === null ? {} : { extensions: { helm } }),
    },
  }
}

/**
 * The name of a load balancer in front of the controllers: a bootstrap name that is the address of no
 * controller. k0s creates tokens for it, and resolves it for the endpoints of the API: the name of a
 * controller often resolves to 127.0.1.1 there.
 */
function loadBalancerOf({ bootstrap, nodes, distro }: AnySpec): string | null {
  if (bootstrap === null || isIp(bootstrap)) return null
  const isOwnName = nodes.some(({ address }) => address === bootstrap)
  // k0s refuses an external address together with node-local load balancing.
  return isOwnName || balancesLocally(distro.config) ? null : bootstrap
}

function balancesLocally(config: Plain): boolean {
  const path = ['spec', 'network', 'nodeLocalLoadBalancing', 'enabled']
  return valuesAt(config, path).some(({ value }) => value === true)
}

function isIp(address: string): boolean {
  return isIpv4(address) || isIpv6(address)
}
