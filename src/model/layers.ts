/** The layers of a node, in the order in which they override each other: cluster, `defaults`, role, node. */
import type { Path } from '../report/place.ts'
import type { LayerV1, NodeV1, SpecV1 } from './written.ts'

/** A value and its path in the written form. */
export interface Layered<T> {
  readonly value: T
  readonly from: Path
}

type Value<K extends keyof LayerV1> = NonNullable<LayerV1[K]>
/** A field that is a list. */
type ListField = 'args' | 'files' | 'manifests' | 'taints' | 'units'
type Item<K extends ListField> = Value<K>[number]

/** The fields of one node, layer by layer. */
export interface Layers {
  /** The value of every layer that has the field, in their order. */
  readonly values: <K extends keyof LayerV1>(field: K) => readonly Layered<Value<K>>[]
  /** The value of the last layer that has the field. */
  readonly lastValue: <K extends keyof LayerV1>(field: K) => Layered<Value<K>> | null
  /** The items of a list field, of all layers. */
  readonly items: <K extends ListField>(field: K) => readonly Layered<Item<K>>[]
}

/** The layers of one node. */
export function layersOf(v1: SpecV1, node: NodeV1, from: Path): Layers {
  const cluster = {
    ...(v1.os === undefined ? {} : { os: v1.os }),
    ...(v1.platform === undefined ? {} : { platform: v1.platform }),
    ...(v1.token === undefined ? {} : { token: v1.token }),
  }
  const layers: readonly Layered<LayerV1>[] = [
    { value: cluster, from: [] },
    { value: v1.defaults ?? {}, from: ['defaults'] },
    { value: v1.roles?.[node.role] ?? {}, from: ['roles', node.role] },
    { value: node, from },
  ]
  const values = <K extends keyof LayerV1>(field: K) =>
    layers.flatMap(layer => {
      const value = layer.value[field]
      return value === undefined
        ? []
        : [{ value: value as Value<K>, from: [...layer.from, field] as Path }]
    })
  return {
    values,
    lastValue: field => values(field).at(-1) ?? null,
    items: <K extends ListField>(field: K) =>
      values(field).flatMap(layer =>
        (layer.value as readonly Item<K>[]).map((value, index) => ({
          value,
          from: [...layer.from, index] as Path,
        })),
      ),
  }
}
