/** Checks a spec by the rules of containerd; these checks need no contents of files. */
import { isMapping, type Plain } from '../../codec/plain.ts'
import type { AnySpec, Node, Spec } from '../../model/spec.ts'
import { type Diagnostic, distinct } from '../../report/diagnostic.ts'
import type { Path } from '../../report/place.ts'
import { valuesAt } from '../parts/config-field.ts'
import { checkRemovals, checkTypes } from '../parts/config-merge.ts'
import { deprecatedKeys, generatedConfig } from './config.ts'
import { formatFor, isTooOld, pluginsOf } from './facts.ts'
import { certsDirectory, configPath } from './paths.ts'
import { report, reportKey } from './rules.ts'

/** All checks of plain containerd. */
export function checkContainerd(spec: Spec): readonly Diagnostic[] {
  return [
    ...checkVersion(spec),
    ...checkConfig(spec),
    ...distinct(spec.nodes.flatMap(checkUnusedFields)),
  ]
}

function checkVersion({ distro: { version } }: AnySpec): readonly Diagnostic[] {
  return version !== null && isTooOld(version)
    ? [report('containerd/version-too-old', ['distro', 'version'], { version })]
    : []
}

const path: Path = ['distro', 'config']

function checkConfig(spec: AnySpec): readonly Diagnostic[] {
  const { config, version } = spec.distro
  const generated = generatedConfig(spec)
  const format = formatFor(version)
  const { images } = pluginsOf(format)
  const registry = ['plugins', images, 'registry']
  const moved = [
    { keys: ['version'], needed: format },
    { keys: [...registry, 'config_path'], needed: certsDirectory },
  ].flatMap(({ keys, needed }) =>
    valuesAt(config, keys, path)
      .filter(({ value }) => value !== needed)
      .map(found =>
        report('containerd/config-fixed', found.path, { key: keys.at(-1) ?? '', needed }),
      ),
  )
  const deprecated = valuesAt(config, registry).flatMap(({ value }) =>
    deprecatedKeys(value).map(keys =>
      reportKey('containerd/both-patterns', [...path, ...registry, ...keys], {
        key: keys.join('.'),
        place: 'distro.config',
      }),
    ),
  )
  return distinct([
    ...checkValues(config, path),
    ...checkRemovals(generated, config, path),
    ...checkTypes(generated, config, path),
    ...moved,
    ...deprecated,
    ...checkPluginNames(spec, format),
    ...checkConfigTwice(spec),
  ])
}

/** Reports values that TOML does not have, and whole numbers that lost digits when YAML was read. */
function checkValues(value: Plain, at: Path): readonly Diagnostic[] {
  if (value === null)
    return [report('spec/no-value', at, { expected: 'a value: TOML has no null' })]
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    const args = { found: String(value), expected: 'a number between -(2^53 - 1) and 2^53 - 1' }
    return [report('spec/malformed', at, args)]
  }
  if (Array.isArray(value)) {
    return value.flatMap((item: Plain, index) => checkValues(item, [...at, index]))
  }
  return isMapping(value)
    ? Object.entries(value).flatMap(([key, item]) => checkValues(item, [...at, key]))
    : []
}

/** containerd ignores the settings of a plugin that it does not have. */
function checkPluginNames({ distro }: AnySpec, format: number): readonly Diagnostic[] {
  const other = format < 3 ? pluginsOf(3) : pluginsOf(2)
  const names = [...new Set([other.images, other.runtime])]
  const { images, runtime } = pluginsOf(format)
  return names.flatMap(name =>
    valuesAt(distro.config, ['plugins', name], path).map(found =>
      reportKey('containerd/plugin-of-other-format', found.path, {
        name,
        format,
        names: [...new Set([images, runtime])],
      }),
    ),
  )
}

/** The user's own config.toml is kept, so that nothing can be merged over it. */
function checkConfigTwice({ distro, nodes }: AnySpec): readonly Diagnostic[] {
  const isEmpty = valuesAt(distro.config, []).every(
    ({ value }) => value === null || Object.keys(value).length === 0,
  )
  const files = nodes.flatMap(node => node.files).filter(file => file.path === configPath)
  return isEmpty
    ? []
    : files.map(({ from }) => report('containerd/config-twice', [...from, 'path'], {}))
}

/** Fields of nodes that only a Kubernetes distribution uses. */
function checkUnusedFields({
  labels,
  taints,
  args,
  manifests,
  token,
}: Node): readonly Diagnostic[] {
  const used = [
    ...labels.slice(0, 1).map(({ from }) => ({ field: 'labels', from })),
    ...taints.slice(0, 1).map(({ from }) => ({ field: 'taints', from })),
    ...args.slice(0, 1).map(({ from }) => ({ field: 'args', from })),
    ...manifests.slice(0, 1).map(({ from }) => ({ field: 'manifests', from })),
    ...(token === null ? [] : [{ field: 'token', from: token.from }]),
  ]
  return used.map(({ field, from }) => report('containerd/field-unused', from, { field }))
}
