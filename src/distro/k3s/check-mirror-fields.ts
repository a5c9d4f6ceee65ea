/** Checks mirrors that registries.yaml cannot express. */
import { authorityOf } from '../../codec/address.ts'
import type { Mirror, Spec, Text } from '../../model/spec.ts'
import type { Diagnostic } from '../../report/diagnostic.ts'
import { needsExactMirrors } from './registries.ts'
import { report } from './rules.ts'

/** Checks all mirrors, each by itself and against the others. */
export function checkMirrors(spec: Spec): readonly Diagnostic[] {
  return [...spec.mirrors.flatMap(mirror => checkMirror(spec, mirror)), ...checkEndpoints(spec)]
}

function checkMirror(spec: Spec, mirror: Mirror): readonly Diagnostic[] {
  const { from, header, capabilities, host, fallback, rewrites } = mirror
  const isUsual = [...capabilities].sort().join() === 'pull,resolve'
  return [
    ...(header.length === 0
      ? []
      : [report('k3s/mirror-field', [...from, 'header'], { field: 'header' })]),
    ...(isUsual
      ? []
      : [report('k3s/mirror-field', [...from, 'capabilities'], { field: 'other capabilities' })]),
    // Rewrites apply to all endpoints, and the upstream would be an endpoint.
    ...((host === '_default' || rewrites.length > 0) &&
    fallback === 'upstream' &&
    needsExactMirrors(spec)
      ? [report('k3s/fallback-mixed', from, {})]
      : []),
  ]
}

/** registries.yaml has one set of certificates and credentials for each host. */
function checkEndpoints({ mirrors, registry }: Spec): readonly Diagnostic[] {
  const seen = new Map<string, string>()
  return mirrors.flatMap(mirror => {
    const isLocal = mirror.endpoints.length === 0
    const own = isLocal
      ? { ...mirror, ca: mirror.ca ?? registry.ca, auth: mirror.auth ?? registry.auth }
      : mirror
    const settings = JSON.stringify([own.ca, own.client, own.skipVerify, own.auth], withoutPlace)
    return (isLocal ? ["the cluster's registry"] : mirror.endpoints.map(authorityOf)).flatMap(
      (endpoint, index) => {
        const other = seen.get(endpoint)
        seen.set(endpoint, other ?? settings)
        const path = isLocal ? mirror.from : [...mirror.from, 'endpoints', index]
        return other === undefined || other === settings
          ? []
          : [report('k3s/endpoint-settings-differ', path, { endpoint })]
      },
    )
  })
}

/** Two texts are equal where their references are equal, wherever they are written. */
function withoutPlace(key: string, value: unknown): unknown {
  return key === ('from' satisfies keyof Text) ? undefined : value
}
