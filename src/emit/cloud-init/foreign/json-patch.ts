/** The keys of a config that a JSON patch changes: cloudinit/handlers/cloud_config.py _merge_patch. */
import { isMapping, type Plain } from '../../../codec/plain.ts'
import { stripStart } from '../../../codec/python-text.ts'

/** The top-level keys that the operations of a patch name, or null where cloud-init discards it. */
export function patchedKeys(text: string): readonly string[] | null {
  const operations = parseJson(stripStart(text).replace(/^#cloud-config-jsonp/, ''))
  if (!Array.isArray(operations)) return null
  const pointers = operations.flatMap(operation =>
    isMapping(operation) ? [operation.path, operation.from] : [],
  )
  const keys = pointers.filter(pointer => typeof pointer === 'string').map(firstKey)
  return [...new Set(keys)]
}

/** https://www.rfc-editor.org/rfc/rfc6901: `/a~1b/0` begins with the key `a/b`. */
function firstKey(pointer: string): string {
  return (pointer.split('/')[1] ?? '').replaceAll('~1', '/').replaceAll('~0', '~')
}

function parseJson(text: string): Plain {
  try {
    return JSON.parse(text) as Plain
  } catch {
    return null // JSON.parse reports a syntax error by throwing.
  }
}
