/** How much of a platform's room an artifact takes, and what to do when it is too much. */
import { base64Length } from '../codec/base64.ts'
import { gzip } from '../codec/gzip.ts'
import type { TreeEntry } from '../plan/tree.ts'
import type { Artifact, Want } from './emitter.ts'
import { inspect } from './emitters.ts'
import { packingOf } from './packing.ts'
import { type Platform, platformOf, platformTable } from './platforms.ts'
import { unpacked } from './unpack.ts'

/** The names of the platforms whose limits are known. */
export const platforms: readonly string[] = platformTable.map(platform => platform.name)

/** The sizes of an artifact, and where the wanted platform has a limit, its share of it. */
export interface Budget {
  /** The config itself. */
  readonly raw: number
  readonly gzip: number
  readonly base64OfRaw: number
  readonly base64OfGzip: number
  /** What the platform takes at most; null where nothing limits it. */
  readonly limit: number | null
  /** What the platform counts of the artifact as it is. */
  readonly counted: number
  /** `counted` in hundredths of the limit, rounded up. */
  readonly share: number | null
  readonly over: boolean
  /** All of it in one line. */
  readonly line: string
  /** Over the limit: what weighs most, heaviest first. */
  readonly heaviest: readonly Weight[]
  /** Over the limit: what would help, one sentence each. */
  readonly help: readonly string[]
}

/** One file and what it adds, compressed. */
export interface Weight {
  readonly path: string
  readonly bytes: number
  readonly gzip: number
}

/** Measures an artifact against what is wanted. */
export function measure(artifact: Artifact, want: Want): Budget {
  const plain = unpacked(artifact.bytes)
  const raw = plain.ok ? plain.value : artifact.bytes
  const zipped = raw === artifact.bytes ? gzip(raw).length : gzipLength(artifact.bytes, raw)
  const platform = want.platform === null ? null : platformOf(want.platform)
  const limit = platform?.bytes ?? null
  const counted = countedOf(artifact.bytes, platform)
  const over = limit !== null && counted > limit
  const sizes = {
    raw: raw.length,
    gzip: zipped,
    base64OfRaw: base64Length(raw.length),
    base64OfGzip: base64Length(zipped),
    limit,
    counted,
    share: limit === null ? null : Math.ceil((counted * 100) / limit),
    over,
  }
  return {
    ...sizes,
    line: lineOf(sizes, platform),
    heaviest: over ? heaviest(artifact.bytes) : [],
    help: over && platform !== null ? helpFor(artifact.bytes, sizes, platform, want) : [],
  }
}

type Sizes = Omit<Budget, 'line' | 'heaviest' | 'help'>

function gzipLength(packed: Uint8Array, raw: Uint8Array): number {
  return packed[0] === 0x1f ? packed.length : gzip(raw).length
}

/** An artifact that is Base64 already is not encoded a second time. */
function countedOf(bytes: Uint8Array, platform: Platform | null): number {
  const encoded = platform?.cloudInit === 'gzip+base64' || platform?.ignition === 'gzip+base64'
  const alreadyText = encoded && bytes[0] === 0x48 && bytes[1] === 0x34 // `H4`: Base64 of gzip.
  return platform?.counts === 'base64' && !alreadyText ? base64Length(bytes.length) : bytes.length
}

function lineOf(sizes: Sizes, platform: Platform | null): string {
  const { raw, gzip: zipped, base64OfRaw, limit, share } = sizes
  const plain = `size: ${grouped(raw)} bytes, ${grouped(zipped)} gzipped, ${grouped(base64OfRaw)} base64`
  if (platform === null) return plain
  if (limit === null) return `${plain}; ${platform.name} sets no limit`
  const whose = platform.name.endsWith('s') ? `${platform.name}'` : `${platform.name}'s`
  return `${plain}; ${share} % of ${whose} ${grouped(limit)}`
}

function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

function heaviest(bytes: Uint8Array): readonly Weight[] {
  const read = inspect(bytes)
  const entries = read.ok ? read.value.entries : []
  return entries
    .flatMap(weightOf)
    .sort((a, b) => b.gzip - a.gzip)
    .slice(0, 5)
}

function weightOf(entry: TreeEntry): readonly Weight[] {
  if (entry.kind !== 'file') return []
  const { path, content } = entry
  return [{ path, bytes: content.length, gzip: gzip(content).length }]
}

function helpFor(
  bytes: Uint8Array,
  sizes: Sizes,
  platform: Platform,
  want: Want,
): readonly string[] {
  const packing = packingOf({ ...want, gzip: 'always' })
  const whole = packing.ok && packing.value === 'gzip+base64' ? sizes.base64OfGzip : sizes.gzip
  const would =
    packing.ok && packing.value === 'gzip' && platform.counts === 'base64'
      ? base64Length(whole)
      : whole
  const fits = packing.ok && sizes.limit !== null && would <= sizes.limit
  const needs = platform.needs === null ? '' : ` (and set ${platform.needs})`
  const other = want.format === 'ignition' && platform.cloudInit !== null
  return [
    ...(fits && bytes.length > would
      ? [`--gzip always makes it ${grouped(would)} bytes${needs}`]
      : []),
    ...(other ? [`-f cloud-init: ${platform.name} takes it compressed as a whole`] : []),
    'put what is the same on every node into the image, and leave it out of the spec',
  ]
}
