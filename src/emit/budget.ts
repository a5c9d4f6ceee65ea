/** The size of an artifact, and what to do when it exceeds the platform's limit. */
import { base64Length } from '../codec/base64.ts'
import { gzip, isGzip } from '../codec/gzip.ts'
import type { TreeEntry } from '../plan/tree.ts'
import type { Diagnostic } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import type { Artifact, Want } from './emitter.ts'
import { artifactName, type Format, inspect } from './emitters.ts'
import { packingOf, unwrap } from './envelope.ts'
import { type Compression, type Platform, platformOf, type UserDataFormat } from './platforms.ts'
import { type Remedy, report, type Weight } from './rules.ts'

/** The sizes of an artifact in bytes, and its share of the platform's limit. */
export interface Budget {
  /** The config without compression. */
  readonly raw: number
  /** Null without a platform: compression takes longer than any other step of a small rendering. */
  readonly gzip: number | null
  readonly base64OfRaw: number
  /** The name of the platform; null without a platform, and for formats that are not user-data. */
  readonly platform: string | null
  /** The platform's limit; null where there is none. */
  readonly maxBytes: number | null
  /** The number of bytes that the platform counts. */
  readonly counted: number
  /** `counted` in per cent of the limit, rounded up. */
  readonly percent: number | null
}

/** The budget of an artifact, with a diagnostic where it exceeds the limit. */
export interface Measured {
  readonly budget: Budget
  readonly diagnostics: readonly Diagnostic[]
}

/** Measures an artifact; `from` is the path of the platform in the spec. */
export function measure(format: Format, artifact: Artifact, want: Want, from: Path): Measured {
  const { bytes } = artifact
  const limit = limitOf(format, want.platform)
  const plain = unwrap(bytes)
  const raw = plain.ok ? plain.value : bytes
  const gzipBytes = isGzip(bytes) ? bytes.length : limit === null ? null : gzip(raw).length
  const maxBytes = limit?.platform.maxBytes ?? null
  const counted = limit === null ? bytes.length : countedOf(bytes, limit)
  const budget = {
    raw: raw.length,
    gzip: gzipBytes,
    base64OfRaw: base64Length(raw.length),
    platform: limit?.platform.name ?? null,
    maxBytes,
    counted,
    percent: maxBytes === null ? null : Math.ceil((counted * 100) / maxBytes),
  }
  if (limit === null || maxBytes === null || counted <= maxBytes) return { budget, diagnostics: [] }
  const diagnostic = report('size/over-budget', from, {
    name: artifactName(artifact),
    counted,
    platform: limit.platform.name,
    maxBytes,
    heaviest: heaviest(bytes),
    remedies: remediesFor(budget, maxBytes, limit, want),
  })
  return { budget, diagnostics: [diagnostic] }
}

interface Limit {
  readonly platform: Platform
  readonly format: UserDataFormat
}

/** The limit that applies; null without a platform, and for formats that are not user-data. */
function limitOf(format: Format, name: string | null): Limit | null {
  const platform = name === null ? null : platformOf(name)
  if (platform === null || !Object.hasOwn(platform.compression, format)) return null
  return { platform, format: format as UserDataFormat }
}

function countedOf(bytes: Uint8Array, { platform }: Limit): number {
  // `H4` begins the Base64 of gzip, which is not encoded again.
  const isEncoded =
    Object.values(platform.compression).includes('gzip+base64') &&
    bytes[0] === 0x48 &&
    bytes[1] === 0x34
  return platform.counts === 'base64' && !isEncoded ? base64Length(bytes.length) : bytes.length
}

function heaviest(bytes: Uint8Array): readonly Weight[] {
  const inspected = inspect(bytes)
  const entries = inspected.ok ? inspected.value.entries : []
  return entries
    .flatMap(weightOf)
    .sort((a, b) => b.gzip - a.gzip)
    .slice(0, 3)
}

function weightOf(entry: TreeEntry): readonly Weight[] {
  return entry.kind === 'file' ? [{ path: entry.path, gzip: gzip(entry.content).length }] : []
}

function remediesFor(
  budget: Budget,
  maxBytes: number,
  { platform, format }: Limit,
  want: Want,
): readonly Remedy[] {
  const packing = packingOf(format, { ...want, gzip: 'always' })
  const compressed = packing.ok ? countedWhenPacked(budget, packing.value, platform) : null
  const compressedFormats = Object.entries(platform.compression).filter(
    ([other, compression]) => other !== format && compression !== null,
  )
  return [
    ...(compressed !== null && compressed <= maxBytes && compressed < budget.counted
      ? [{ kind: 'compress' as const, bytes: compressed, setting: platform.needs }]
      : []),
    ...(platform.larger === null ? [] : [{ kind: 'larger' as const, place: platform.larger }]),
    ...(platform.compression[format] === null
      ? compressedFormats.map(([other]) => ({ kind: 'other-format' as const, format: other }))
      : []),
    { kind: 'image' },
  ]
}

function countedWhenPacked(
  budget: Budget,
  compression: Compression | 'none',
  { counts }: Platform,
): number {
  const bytes = budget.gzip ?? budget.raw
  return compression === 'gzip+base64' || counts === 'base64' ? base64Length(bytes) : bytes
}
