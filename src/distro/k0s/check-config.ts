/** Checks `distro.config`: what k0s refuses in k0s.yaml, or reads in another way. */
import type { Plain } from '../../codec/plain.ts'
import { isController } from '../../model/controllers.ts'
import type { SourceAt } from '../../model/schema-errors.ts'
import type { AnySpec } from '../../model/spec.ts'
import { type Diagnostic, distinct } from '../../report/diagnostic.ts'
import type { Path } from '../../report/place.ts'
import { checkConfig } from '../parts/config-check.ts'
import { valuesAt } from '../parts/config-field.ts'
import { checkRemovals } from '../parts/config-merge.ts'
import { clusterConfig } from './cluster-config.ts'
import { generatedConfig } from './config.ts'
import { isOlder, newerConfigFields } from './facts.ts'
import { report, reportKey } from './rules.ts'

const configPath: Path = ['distro', 'config']

/** Checks the configuration of the user by the table of fields and by the rules of k0s. */
export function checkDistroConfig(spec: AnySpec, sourceAt: SourceAt): readonly Diagnostic[] {
  const { config } = spec.distro
  const removals = spec.nodes
    .filter(isController)
    .flatMap(node => checkRemovals(generatedConfig(spec, node), config, configPath))
  return distinct([
    ...checkConfig(config, clusterConfig, configPath, sourceAt).map(withSpecKey),
    ...removals,
    ...checkNewerFields(spec),
    ...checkWorkerProfiles(config),
    ...checkAddresses(spec),
  ])
}

/** Adds the correct place for a field of `spec` that is written beside `spec`. */
function withSpecKey(diagnostic: Diagnostic): Diagnostic {
  const { rule, path } = diagnostic
  const key = String(path.at(-1))
  const isBesideSpec = rule === 'spec/unknown-key' && path.length === configPath.length + 1
  return isBesideSpec && specKeys.includes(key)
    ? reportKey('spec/unknown-key', path, { key, nearest: `spec.${key}` })
    : diagnostic
}

const { spec: specField } = clusterConfig.fields
const specKeys = specField?.kind === 'mapping' ? Object.keys(specField.fields) : []

/** Reports fields that the version of the nodes lacks. */
function checkNewerFields({ distro }: AnySpec): readonly Diagnostic[] {
  const { version, config } = distro
  if (version === null) return []
  const found = newerConfigFields.flatMap(({ since, path, value }) =>
    isOlder(version, since)
      ? valuesAt(config, path.split('.'), configPath)
          .filter(found => value === null || found.value === value)
          .map(found => ({ since: `1.${since}`, value, path: found.path }))
      : [],
  )
  return found
    .filter(({ path }) => !found.some(other => isBelow(path, other.path)))
    .map(({ since, value, path }) => {
      const args = { what: value ?? String(path.at(-1)), since, version }
      return value === null
        ? reportKey('k0s/config-needs-newer', path, args)
        : report('k0s/config-needs-newer', path, args)
    })
}

function isBelow(path: Path, other: Path): boolean {
  return path.length > other.length && other.every((step, index) => path[index] === step)
}

/** Reports fields of the kubelet's configuration that k0s sets itself. */
function checkWorkerProfiles(config: Plain): readonly Diagnostic[] {
  return [
    'clusterDNS',
    'clusterDomain',
    'staticPodURL',
    'healthzPort',
    'healthzBindAddress',
  ].flatMap(key =>
    valuesAt(config, ['spec', 'workerProfiles[]', 'values', key], configPath).map(({ path }) =>
      reportKey('k0s/worker-profile-reserved', path, { key }),
    ),
  )
}

/** All controllers get the same configuration, so an address in it is wrong on all but one of them. */
function checkAddresses({ nodes, distro }: AnySpec): readonly Diagnostic[] {
  if (nodes.filter(isController).length < 2) return []
  return ['spec.api.address', 'spec.storage.etcd.peerAddress'].flatMap(key =>
    valuesAt(distro.config, key.split('.'), configPath).map(({ path }) =>
      report('k0s/config-of-one-node', path, { key }),
    ),
  )
}
