/** Checks `distro.config`: what k3s ignores or refuses in config.yaml, and what gen-node sets itself. */
import { isMapping } from '../../codec/plain.ts'
import { isController } from '../../model/controllers.ts'
import type { SourceAt } from '../../model/schema-errors.ts'
import type { AnySpec } from '../../model/spec.ts'
import { type Diagnostic, distinct } from '../../report/diagnostic.ts'
import type { Path } from '../../report/place.ts'
import { checkConfig } from '../parts/config-check.ts'
import { checkRemovals } from '../parts/config-merge.ts'
import { refused } from './arguments.ts'
import { generatedConfig } from './config.ts'
import { lacks, newerOptions, versionsWith } from './facts.ts'
import { configFields, refusalOf, settingsOfOneNode } from './options.ts'
import { report, reportKey } from './rules.ts'

const configPath: Path = ['distro', 'config']

/** Checks the configuration of the user by the table of settings. */
export function checkDistroConfig(spec: AnySpec, sourceAt: SourceAt): readonly Diagnostic[] {
  const { config } = spec.distro
  if (!isMapping(config) || Object.keys(config).length === 0) return checkFallback(spec)
  const refusals = Object.keys(config).flatMap(option => {
    const refusal = refusalOf(option)
    return refusal === null
      ? []
      : [{ ...refused(option, refusal, [...configPath, option]), at: 'key' as const }]
  })
  const noTokens = { token: false, agentToken: false }
  const removals = spec.nodes
    .filter(isController)
    .flatMap(node => checkRemovals(generatedConfig(spec, node, noTokens), config, configPath))
  return distinct([
    ...checkConfig(config, configFields('server'), configPath, sourceAt),
    ...refusals,
    ...removals,
    ...checkOneNode(spec, Object.keys(config)),
    ...checkNewer(spec, Object.keys(config)),
    ...checkFallback(spec),
  ])
}

/** All nodes get the same configuration, so an address or a name in it is wrong on all but one of them. */
function checkOneNode({ nodes }: AnySpec, keys: readonly string[]): readonly Diagnostic[] {
  if (nodes.length < 2) return []
  return keys
    .filter(key => settingsOfOneNode.includes(key))
    .map(option => reportKey('k3s/option-of-one-node', [...configPath, option], { option }))
}

function checkNewer({ distro }: AnySpec, keys: readonly string[]): readonly Diagnostic[] {
  const { version } = distro
  return newerOptions
    .filter(option => keys.includes(option.name) && lacks(version, option))
    .map(option => {
      const args = { option: option.name, since: versionsWith(option), version: version ?? '' }
      return reportKey('k3s/option-needs-newer', [...configPath, option.name], args)
    })
}

/** `fallback: none` needs a setting that older versions ignore. */
function checkFallback({ distro, mirrors, registries }: AnySpec): readonly Diagnostic[] {
  const option = newerOptions.find(({ name }) => name === 'disable-default-registry-endpoint')
  const { version } = distro
  const none = mirrors.find(({ fallback }) => fallback === 'none')
  const from = registries?.fallback === 'none' ? [] : none?.from
  if (option === undefined || version === null || from === undefined) return []
  if (!lacks(version, option)) return []
  const args = { option: option.name, since: versionsWith(option), version }
  return [report('k3s/option-needs-newer', from.length === 0 ? ['fallback'] : from, args)]
}
