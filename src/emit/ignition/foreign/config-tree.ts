/** Resolves the configs that replace a config or are merged into it. */
import { isMapping, type Plain, type PlainMapping } from '../../../codec/plain.ts'
import { decodeUtf8 } from '../../../codec/text.ts'
import {
  andThen,
  collectOutcomes,
  failure,
  type Outcome,
  success,
} from '../../../report/diagnostic.ts'
import type { Path } from '../../../report/place.ts'
import { report } from '../../rules.ts'
import { objectAt, objectsAt, textAt } from './json-values.ts'
import { mergeConfigs } from './merge.ts'
import { bytesOf, unreadable } from './resource.ts'

const maxDepth = 8

/** The merged config of these bytes; `path` is the path of the config in an outer config. */
export function configOf(
  bytes: Uint8Array,
  path: Path = [],
  depth: number = maxDepth,
): Outcome<PlainMapping> {
  const value = parseJson(bytes)
  if (!isMapping(value)) return unreadable('the config', path, 'not-a-json-object')
  const version = textAt(objectAt(value, 'ignition'), 'version')
  if (version === null) return unreadable('the config', path, 'no-version')
  if (/^[12]\./.test(version)) return failure([report('inspect/version-two', path, { version })])
  if (!/^3\.\d+\.\d+(-experimental)?$/.test(version)) {
    return unreadable('the config', path, 'unknown-version', version)
  }
  if (depth === 0) return unreadable('the config', path, 'merge-depth')
  return withReferences(value, path, depth)
}

function withReferences(config: PlainMapping, path: Path, depth: number): Outcome<PlainMapping> {
  const settings = objectAt(objectAt(config, 'ignition'), 'config')
  const settingsPath = [...path, 'ignition', 'config']
  const replace = objectAt(settings, 'replace')
  if (textAt(replace, 'source') !== null)
    return referenced(replace, [...settingsPath, 'replace'], depth)
  const children = objectsAt(settings, 'merge').map((child, index) =>
    referenced(child, [...settingsPath, 'merge', index], depth),
  )
  return andThen(collectOutcomes(children), configs =>
    success(configs.reduce(mergeConfigs, config)),
  )
}

/** The config that a resource contains; an empty one where Ignition would fetch it. */
function referenced(resource: PlainMapping, path: Path, depth: number): Outcome<PlainMapping> {
  return andThen(bytesOf(resource, 'a merged config', path), bytes => {
    const isRemote = bytes.length === 0 && !(textAt(resource, 'source') ?? '').startsWith('data:')
    return isRemote ? success({}) : configOf(bytes, path, depth - 1)
  })
}

function parseJson(bytes: Uint8Array): Plain {
  try {
    return JSON.parse(decodeUtf8(bytes) ?? '') as Plain
  } catch {
    return null // JSON.parse reports a syntax error by throwing.
  }
}
