/** The parts of a `#cloud-config-archive`: cloudinit/user_data.py _explode_archive. */
import { isList, isMapping, isSet, parseYaml11, type Yaml11 } from '../../../codec/pyyaml.ts'
import { decodeUtf8 } from '../../../codec/text.ts'
import { success } from '../../../report/diagnostic.ts'
import { declaredType, ignored, joined, type Parts, rejected, unreadable } from './part.ts'

/** The entries of an archive as parts; none of them is split again. */
export function archivedParts(text: string, name: string): Parts {
  const read = parseYaml11(text)
  if (!read.ok) {
    return read.isRefused ? ignored(name, 'bad-yaml', read.reason) : unreadable(name, 'too-deep')
  }
  const entries = isSet(read.value) ? read.value.set : read.value
  if (entries === null) return ignored(name, 'empty')
  if (!isList(entries)) return ignored(name, 'not-a-list')
  return joined(entries.map((entry, index) => archivedPart(entry, `entry ${index} of the archive`)))
}

function archivedPart(entry: Yaml11, name: string): Parts {
  const item = typeof entry === 'string' ? new Map<Yaml11, Yaml11>([['content', entry]]) : entry
  if (!isMapping(item)) return ignored(name, 'not-a-mapping')
  const content = item.has('content') ? item.get('content') : ''
  const text = content instanceof Uint8Array ? decodeUtf8(content) : content
  if (typeof text !== 'string') return rejected(name, 'content-not-text')
  const statedType = item.get('type') ?? ''
  const type = statedType === '' ? typeOf(content, text) : statedType
  if (typeof type !== 'string' || !type.includes('/')) return rejected(name, 'type-not-mime')
  const headers = headersOf(item)
  if (headers === null) return rejected(name, 'field-not-text')
  return success([{ name, type, text, headers }])
}

function typeOf(content: Yaml11 | undefined, text: string): string {
  const isBytes = content instanceof Uint8Array
  return declaredType(text) ?? (isBytes ? 'application/octet-stream' : 'text/cloud-config')
}

const fieldsWithoutHeader = new Set(
  'content filename type launch-index content-disposition number-attachments content-type'.split(
    ' ',
  ),
)

/** Every other field becomes a header; null where its name or value is not text. */
function headersOf(item: ReadonlyMap<Yaml11, Yaml11>): ReadonlyMap<string, string> | null {
  const headers = new Map<string, string>()
  const launchIndex = item.get('launch-index')
  if (launchIndex !== undefined) headers.set('Launch-Index', String(launchIndex))
  for (const [name, value] of item) {
    if (typeof name !== 'string') return null
    if (fieldsWithoutHeader.has(name.toLowerCase())) continue
    if (value !== null && typeof value !== 'string') return null
    headers.set(name, value ?? '')
  }
  return headers
}
