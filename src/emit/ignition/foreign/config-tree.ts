/** A config with the configs that replace it or are merged into it. */
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
import { isObject, type Json, type JsonObject, objectAt, objectsAt, textAt } from './json-values.ts'
import { mergeConfigs } from './merge.ts'
import { bytesOf, unreadable } from './resource.ts'

const maxDepth = 8

/** The merged config of these bytes; `at` is the place of the config in an outer one. */
export function configOf(
  bytes: Uint8Array,
  at: Path = [],
  depth: number = maxDepth,
): Outcome<JsonObject> {
  const value = parseJson(bytes)
  if (!isObject(value)) return unreadable('the config', at, 'not-a-json-object')
  const version = textAt(objectAt(value, 'ignition'), 'version')
  if (version === null) return unreadable('the config', at, 'no-version')
  if (/^[12]\./.test(version)) return failure([report('inspect/version-two', at, { version })])
  if (!/^3\.\d+\.\d+(-experimental)?$/.test(version)) {
    return unreadable('the config', at, 'unknown-version', version)
  }
  if (depth === 0) return unreadable('the config', at, 'merge-depth')
  return withReferences(value, at, depth)
}

function withReferences(config: JsonObject, at: Path, depth: number): Outcome<JsonObject> {
  const settings = objectAt(objectAt(config, 'ignition'), 'config')
  const place = [...at, 'ignition', 'config']
  const replace = objectAt(settings, 'replace')
  if (textAt(replace, 'source') !== null) return referenced(replace, [...place, 'replace'], depth)
  const children = objectsAt(settings, 'merge').map((child, index) =>
    referenced(child, [...place, 'merge', index], depth),
  )
  return andThen(collectOutcomes(children), configs =>
    success(configs.reduce(mergeConfigs, config)),
  )
}

/** The config that a resource contains; an empty one where Ignition would fetch it. */
function referenced(resource: JsonObject, at: Path, depth: number): Outcome<JsonObject> {
  return andThen(bytesOf(resource, 'a merged config', at), bytes => {
    const isRemote = bytes.length === 0 && !(textAt(resource, 'source') ?? '').startsWith('data:')
    return isRemote ? success({}) : configOf(bytes, at, depth - 1)
  })
}

function parseJson(bytes: Uint8Array): Json {
  try {
    return JSON.parse(decodeUtf8(bytes) ?? '') as Json
  } catch {
    return null // JSON.parse reports a syntax error by throwing.
  }
}
