/**
 * The output formats, one row each. Plans enter, and the files that configuration tools read leave;
 * `inspect` reads such files, also those of other programs.
 */
import { isTar } from '../codec/tar.ts'
import { decodeUtf8 } from '../codec/text.ts'
import { orderPlan } from '../plan/order.ts'
import type { NodePlan } from '../plan/plan.ts'
import { sealLayer } from '../plan/split.ts'
import { differenceOf, treeOf } from '../plan/tree.ts'
import { andThen, collectOutcomes, distinct, failure, type Outcome } from '../report/diagnostic.ts'
import { uncarriedItems } from './capabilities.ts'
import { emitCloudInit } from './cloud-init/emit.ts'
import { inspectCloudInit, isUserData } from './cloud-init/inspect.ts'
import { daemonsetOptions } from './daemonset/daemonset-options.ts'
import { emitDaemonset } from './daemonset/emit.ts'
import type { Artifact, Emitter, EmitterOption, InspectedTree, Inverse, Want } from './emitter.ts'
import { unwrap } from './envelope.ts'
import { emitIgnition } from './ignition/emit.ts'
import { inspectIgnition, isIgnition } from './ignition/inspect.ts'
import { ignitionOptions } from './ignition/versions.ts'
import { platformNames } from './platforms.ts'
import { emitRootfs } from './rootfs/emit.ts'
import { inspectRootfs } from './rootfs/inspect.ts'
import { report, type SourceKind } from './rules.ts'

const takesAllItems = { users: true, links: true, owners: true, enabledUnits: true } as const

/** The formats by name. */
export const emitters = {
  'cloud-init': {
    scope: 'node',
    selects: 'all',
    takes: takesAllItems,
    options: {},
    usage: '`user-data`: the user-data of a machine that runs cloud-init',
    byDefault: true,
    emit: forEachNode(emitCloudInit),
    inverse: { recognise: isUserData, inspect: inspectCloudInit },
  },
  ignition: {
    scope: 'node',
    selects: 'all',
    takes: takesAllItems,
    options: ignitionOptions,
    usage:
      '`config.ign`: the user-data of a machine that runs Ignition (Flatcar, Fedora CoreOS, SLE Micro)',
    byDefault: true,
    emit: forEachNode(emitIgnition),
    inverse: { recognise: isIgnition, inspect: inspectIgnition },
  },
  rootfs: {
    scope: 'node',
    selects: 'all',
    takes: { users: false, links: true, owners: false, enabledUnits: true },
    options: {},
    usage:
      '`rootfs.tar` or `rootfs.tar.gz`: unpack it as root into the root file system of an image or a machine',
    byDefault: false,
    emit: forEachNode(emitRootfs),
    inverse: { recognise: isTar, inspect: inspectRootfs },
  },
  daemonset: {
    scope: 'cluster',
    selects: 'mirrors',
    takes: { users: true, links: true, owners: true, enabledUnits: true },
    options: daemonsetOptions,
    usage:
      '`daemonset.yaml`: `kubectl apply -f` puts the files of the mirrors onto the nodes of a running cluster',
    byDefault: false,
    emit: emitDaemonset,
    inverse: null,
  },
} as const satisfies Readonly<Record<string, Emitter>>

/** The name of an output format. */
export type Format = keyof typeof emitters

/** The names of all formats. */
export const formats = Object.keys(emitters) as readonly Format[]

/** The format of a single file without --format. */
export const defaultFormat: Format = 'cloud-init'

/** The row of a format, typed by the contract. */
export function emitterOf(format: Format): Emitter {
  return emitters[format]
}

/** The formats that rendering into a folder writes without --format. */
export const defaultFormats = formats.filter(format => emitters[format].byDefault)

/** The options of all emitters with their names, for flags, help and completion. */
export const emitterOptions: readonly (EmitterOption & { readonly name: string })[] =
  formats.flatMap(format =>
    Object.entries(emitterOf(format).options).map(([name, option]) => ({ ...option, name })),
  )

// The common extension of Ignition configs; other formats have no extension.
const formatsByExtension: ReadonlyMap<string, Format> = new Map([['ign', 'ignition']])

/** The format that a file's extension implies, or null. */
export function formatOfPath(path: string): Format | null {
  return formatsByExtension.get(/\.([^./]+)$/.exec(path)?.[1] ?? '') ?? null
}

/** The path of an artifact below the output folder. */
export function artifactName({ node, path }: Artifact): string {
  return node === null ? path : `${node}/${path}`
}

/** Renders plans in a format; every item that the format cannot express is an error. */
export function emitPlans(
  format: Format,
  plans: readonly NodePlan[],
  want: Want,
): Outcome<readonly Artifact[]> {
  const { platform } = want
  if (platform !== null && !platformNames.includes(platform)) {
    const known = platformNames.join(', ')
    return failure([report('emit/unknown-platform', [], { platform, known })])
  }
  const emitter = emitterOf(format)
  const selected = plans.map(plan => selectItems(plan, emitter.selects))
  const uncarried = selected.flatMap(plan => uncarriedItems(format, emitter.takes, plan))
  const outcome = emitter.emit(selected, want)
  if (uncarried.length === 0) return outcome
  return failure(distinct([...uncarried, ...outcome.diagnostics]))
}

/** The items of a plan that a format carries, in their order; a plan of mirrors has no others. */
export function selectItems(plan: NodePlan, selects: Emitter['selects']): NodePlan {
  const isWhole = selects === 'all' || selects === 'mirrors'
  return orderPlan(isWhole ? plan : sealLayer(plan, selects))
}

/** Throws where an artifact of a node, read back, differs from the node's plan: a bug of gen-node. */
export function verifyArtifact(format: Format, plan: NodePlan, artifact: Artifact): void {
  const { inverse, selects } = emitterOf(format)
  if (inverse === null) return
  const inspected = andThen(unwrap(artifact.bytes), inverse.inspect)
  const difference = inspected.ok
    ? differenceOf(treeOf(selectItems(plan, selects)), inspected.value)
    : 'unreadable'
  // A part whose effect is not modelled has a note among the diagnostics. The image decides whether an
  // owner exists, and Ignition warns about units of the spec without [Install].
  const accepted = ['inspect/unknown-owner', 'inspect/ignition-warns']
  const rules = inspected.diagnostics
    .filter(({ rule }) => !accepted.includes(rule))
    .map(({ rule, path }) => `${rule} at ${path.join('.')}`)
  if (difference === null && rules.length === 0) return
  const problems = [...(difference === null ? [] : [difference]), ...rules].join('; ')
  throw new Error(`${format} for ${plan.name} differs from the plan: ${problems}`)
}

/** The tree inside a rendered config of any origin. */
export function inspect(bytes: Uint8Array): Outcome<InspectedTree> {
  return andThen(unwrap(bytes), plain => {
    const source = sourceKindOf(plain)
    return source === null
      ? readerOf(plain).inspect(plain)
      : failure([report('inspect/not-rendered', [], { source })])
  })
}

/** The kind of a file that another program renders to a config, or null. */
function sourceKindOf(bytes: Uint8Array): SourceKind | null {
  const text = decodeUtf8(bytes)
  if (text === null || isUserData(bytes)) return null
  const hasKey = (key: string, value: string) =>
    new RegExp(`^(?:\\{\\s*|\\s+(?=")|)["']?${key}["']?[ \\t]*:[ \\t]*["']?${value}`, 'm').test(
      text,
    )
  if (hasKey('apiVersion', 'gen-node/')) return 'spec'
  return hasKey('variant', '[a-z]') && hasKey('version', '[0-9]') ? 'butane' : null
}

/** The reader of the bytes' format; cloud-init's, which warns about ignored bytes, for an unknown format. */
function readerOf(bytes: Uint8Array): Inverse {
  const inverses = formats.flatMap(format => emitterOf(format).inverse ?? [])
  return inverses.find(({ recognise }) => recognise(bytes)) ?? emitters['cloud-init'].inverse
}

/** The `emit` of a format with one artifact per node. */
function forEachNode(emitNode: (plan: NodePlan, want: Want) => Outcome<Artifact>): Emitter['emit'] {
  return (plans, want) => collectOutcomes(plans.map(plan => emitNode(plan, want)))
}
