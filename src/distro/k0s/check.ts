/** Checks a spec by the rules of k0s, as far as no contents of files are needed. */
import { isMapping, type Plain } from '../../codec/plain.ts'
import { registryScheme } from '../../model/registry-scheme.ts'
import type { SourceAt } from '../../model/schema-errors.ts'
import type { Addon, AnySpec } from '../../model/spec.ts'
import { type Diagnostic, distinct } from '../../report/diagnostic.ts'
import { checkKubelet } from '../parts/kubelet.ts'
import { checkDistroConfig } from './check-config.ts'
import { isTooOld } from './facts.ts'
import { checkArguments } from './install-arguments.ts'
import { k0rdentOf } from './k0rdent.ts'
import { report } from './rules.ts'

/** All checks of k0s. */
export function checkK0s(spec: AnySpec, sourceAt: SourceAt): readonly Diagnostic[] {
  return [
    ...checkVersion(spec),
    ...checkDistroConfig(spec, sourceAt),
    ...distinct(spec.nodes.flatMap(node => [...checkKubelet(node), ...checkArguments(node)])),
    ...checkPullPolicy(spec),
    ...checkK0rdent(spec),
  ]
}

/** Without drop-ins the mirrors would have no effect. */
function checkVersion({ distro }: AnySpec): readonly Diagnostic[] {
  const { version } = distro
  return version !== null && isTooOld(version)
    ? [report('k0s/version-too-old', ['distro', 'version'], { version })]
    : []
}

/** With `Never` no image is pulled, not even from a mirror: only preloaded images run. */
function checkPullPolicy({ distro, mirrors, registry }: AnySpec): readonly Diagnostic[] {
  const keys = ['spec', 'images', 'default_pull_policy']
  const policy = keys.reduce<Plain | undefined>(fieldOf, distro.config)
  return policy === 'Never' && mirrors.length > 0 && registry.run !== 'none'
    ? [report('mirror/never-pulled', ['distro', 'config', ...keys], {})]
    : []
}

function fieldOf(value: Plain | undefined, key: string): Plain | undefined {
  return isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

/** helm in k0s uses plain HTTP with localhost only, HTTPS with other hosts, and sends no password. */
function checkK0rdent(spec: AnySpec): readonly Diagnostic[] {
  const { run, auth } = spec.registry
  const addon = k0rdentOf(spec)
  if (addon === null) return []
  const { from } = addon
  const scheme = registryScheme(spec)
  const external = run === 'external'
  return [
    ...checkChartVersion(addon),
    ...(run === 'none' ? [report('k0s/k0rdent-without-registry', from, {})] : []),
    ...(auth === null || run === 'none' ? [] : [report('k0s/k0rdent-registry-password', from, {})]),
    ...(scheme === 'https' && !external ? [report('k0s/k0rdent-registry-tls', from, {})] : []),
    ...(scheme === 'http' && external ? [report('k0s/k0rdent-registry-http', from, {})] : []),
  ]
}

function checkChartVersion({ version, from }: Addon): readonly Diagnostic[] {
  if (/^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$/.test(version)) return []
  const args = { found: JSON.stringify(version), expected: 'a chart version such as "1.2.2"' }
  return [report('spec/malformed', [...from, 'version'], args)]
}
