/** Checks the fields that `defaults`, `roles` and nodes share, at the path where each is written. */
import type { Diagnostic } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import { checkOneOf, checkPath, isUnitName } from './grammar.ts'
import { report } from './rules.ts'
import type { LayerV1, SpecV1 } from './written.ts'

/** Checks every layer once, however many nodes it applies to. */
export function checkLayers(v1: SpecV1): readonly Diagnostic[] {
  return [
    ...checkLayer(v1.defaults ?? {}, ['defaults'], null),
    ...Object.entries(v1.roles ?? {}).flatMap(([role, layer]) =>
      checkLayer(layer, ['roles', role], role),
    ),
    ...v1.nodes.flatMap((node, index) => checkLayer(node, ['nodes', index], node.role)),
  ]
}

/** `role` is null where the layer applies to several roles. */
function checkLayer(layer: LayerV1, path: Path, role: string | null): readonly Diagnostic[] {
  return [
    ...(layer.files ?? []).flatMap((file, index) => checkFile(file, [...path, 'files', index])),
    ...(layer.units ?? []).flatMap((unit, index) => checkUnit(unit, [...path, 'units', index])),
    ...(layer.manifests ?? []).flatMap((manifest, index) =>
      checkManifest(manifest, [...path, 'manifests', index], role),
    ),
  ]
}

type Item<K extends 'files' | 'units' | 'manifests'> = NonNullable<LayerV1[K]>[number]

function checkFile(file: Item<'files'>, path: Path): readonly Diagnostic[] {
  return [
    ...checkOneOf(file, ['content', 'file', 'tree'], path),
    ...checkPath(file.path, [...path, 'path'], file.tree === undefined ? 'below root' : 'any'),
  ]
}

function checkUnit(unit: Item<'units'>, path: Path): readonly Diagnostic[] {
  return [
    ...checkOneOf(unit, ['content', 'file'], path),
    ...(isUnitName(unit.name)
      ? []
      : [report('spec/unit-name', [...path, 'name'], { name: unit.name })]),
  ]
}

function checkManifest(
  manifest: Item<'manifests'>,
  path: Path,
  role: string | null,
): readonly Diagnostic[] {
  return [
    ...checkOneOf(manifest, ['content', 'file'], path),
    ...(role === 'worker'
      ? [report('spec/manifest-on-worker', path, { name: manifest.name })]
      : []),
  ]
}
