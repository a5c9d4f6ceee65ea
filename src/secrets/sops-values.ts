/** Decrypts the values of a SOPS file and verifies its MAC (sops 3.13.2: aes/cipher.go, sops.go). */
import { createDecipheriv, createHash, timingSafeEqual } from 'node:crypto'
import type { Plain, PlainMapping } from '../codec/plain.ts'
import type { YamlMapping, YamlNode } from '../codec/yaml-node.ts'
import type { Decrypted } from '../index.ts'
import { parseGoScalar } from './go-scalar.ts'
import type { SopsDocument } from './sops-document.ts'

/** The content of a document; null where a value or the MAC is not as SOPS wrote it. */
export function decryptDocument(
  { root, metadata }: SopsDocument,
  dataKey: Uint8Array,
): Decrypted | null {
  const hash = createHash('sha512')
  if (metadata.macOnlyEncrypted) hash.update(macOnlyEncryptedSeed)
  let isIntact = true
  const content = toMapping(root, [])
  const mac = decryptValue(metadata.mac, dataKey, metadata.lastModified)
  const computed = Buffer.from(hash.digest('hex').toUpperCase())
  return isIntact && mac !== null && isEqual(mac.bytes, computed) ? { content } : null

  function toMapping({ entries }: YamlMapping, keys: readonly string[]): PlainMapping {
    return Object.fromEntries(
      entries.map(([key, value]) => [key, toPlain(value, [...keys, key])] as const),
    )
  }

  function toPlain(node: YamlNode, keys: readonly string[]): Plain {
    if (node.kind === 'mapping') return toMapping(node, keys)
    if (node.kind === 'list') return node.items.map(item => toPlain(item, keys))
    if (node.value === null) return null
    return metadata.isEncrypted(keys) ? decryptLeaf(node.value, keys) : readLeaf(node)
  }

  function decryptLeaf(value: unknown, keys: readonly string[]): Plain {
    if (value === '') return ''
    const aad = `${keys.join(':')}:`
    const decrypted = typeof value === 'string' ? decryptValue(value, dataKey, aad) : null
    if (decrypted === null) {
      isIntact = false
      return null
    }
    hash.update(decrypted.bytes)
    return decrypted.value
  }

  function readLeaf({ value, plain }: Extract<YamlNode, { kind: 'scalar' }>): Plain {
    const leaf =
      plain === null ? { value: String(value), bytes: String(value) } : parseGoScalar(plain)
    if (!metadata.macOnlyEncrypted) hash.update(leaf.bytes)
    return leaf.value
  }
}

/** MACOnlyEncryptedInitialization in sops.go: the SHA-256 digest of "sops". */
const macOnlyEncryptedSeed = createHash('sha256').update('sops').digest()

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right)
}

interface DecryptedValue {
  readonly value: Plain
  /** As encrypted, and as hashed for the MAC. */
  readonly bytes: Uint8Array
}

/** Decrypts `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`; null where it was changed or moved. */
export function decryptValue(
  text: string,
  dataKey: Uint8Array,
  additionalData: string,
): DecryptedValue | null {
  const [, data, iv, tag, type = ''] = encryptedForm.exec(text) ?? []
  const [bytes, ivBytes, tagBytes] = [data, iv, tag].map(strictBase64)
  if (!bytes || ivBytes?.length !== 32 || tagBytes?.length !== 16) return null
  const plaintext = open(bytes, ivBytes, tagBytes, dataKey, additionalData)
  const read = Object.hasOwn(valueTypes, type) ? valueTypes[type] : undefined
  if (plaintext === null || read === undefined) return null
  return { value: read(plaintext.toString()), bytes: plaintext }
}

const encryptedForm = /^ENC\[AES256_GCM,data:([^,]*),iv:([^,]*),tag:([^,]*),type:([a-z]+)\]$/

const valueTypes: Readonly<Record<string, (text: string) => Plain>> = {
  str: text => text,
  bytes: text => text,
  time: text => text,
  int: Number,
  float: Number,
  bool: text => text === 'True',
}

/** The bytes of Base64 in its only canonical form: other forms decode to the same bytes. */
function strictBase64(text = ''): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return text !== '' && bytes.toString('base64') === text ? bytes : null
}

function open(
  data: Uint8Array,
  iv: Uint8Array,
  tag: Uint8Array,
  dataKey: Uint8Array,
  additionalData: string,
): Buffer | null {
  const decipher = createDecipheriv('aes-256-gcm', dataKey, iv)
  decipher.setAAD(Buffer.from(additionalData))
  decipher.setAuthTag(tag)
  const head = decipher.update(data)
  try {
    return Buffer.concat([head, decipher.final()])
  } catch {
    return null
  }
}
