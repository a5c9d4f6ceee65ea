/** Parses SOPS files: the encrypted values in their order, and the metadata (sops 3.13.2, stores/stores.go). */
import { isMapping, type PlainMapping } from '../codec/plain.ts'
import { parseYaml } from '../codec/yaml.ts'
import type { YamlMapping } from '../codec/yaml-node.ts'
import type { SopsFeature } from '../index.ts'

/** A parsed file. */
export interface SopsDocument {
  /** The content, without the metadata. */
  readonly root: YamlMapping
  readonly metadata: SopsMetadata
}

/** The part of the metadata that decryption needs. */
export interface SopsMetadata {
  readonly age: readonly AgeRecipient[]
  /** As written: RFC 3339. */
  readonly lastModified: string
  /** Encrypted. */
  readonly mac: string
  readonly macOnlyEncrypted: boolean
  /** Whether the value at the keys is encrypted; list items have the keys of their list. */
  readonly isEncrypted: (keys: readonly string[]) => boolean
  /** A feature that only the program sops reads, or null. */
  readonly unsupported: SopsFeature | null
}

/** A public key of age, and the data key that is encrypted for it. */
export interface AgeRecipient {
  readonly recipient: string
  /** An age file with armor. */
  readonly encryptedKey: string
}

/** The document of a text, or null where SOPS did not write it. JSON is read as YAML, which contains it. */
export function parseSops(text: string): SopsDocument | null {
  const { value, errors, tree } = parseYaml(text)
  const sops = isMapping(value) ? value.sops : undefined
  if (errors.length > 0 || !isMapping(sops)) return null
  const { mac, lastmodified } = sops
  const root = tree()
  if (typeof mac !== 'string' || typeof lastmodified !== 'string') return null
  if (root.kind !== 'mapping') return null
  const age = ageRecipients(sops)
  const isEncrypted = selection(sops)
  return {
    root: { ...root, entries: root.entries.filter(([key]) => key !== 'sops') },
    metadata: {
      age,
      lastModified: lastmodified,
      mac,
      macOnlyEncrypted: sops.mac_only_encrypted === true,
      isEncrypted: isEncrypted ?? (() => true),
      unsupported: isEncrypted === null ? 'go-regex' : unsupportedFeature(sops, age),
    },
  }
}

function unsupportedFeature(sops: PlainMapping, age: readonly AgeRecipient[]): SopsFeature | null {
  if (sops.key_groups !== undefined || sops.shamir_threshold !== undefined) return 'key-groups'
  if (age.length === 0) return 'no-age-recipient'
  const isByComment =
    sops.encrypted_comment_regex !== undefined || sops.unencrypted_comment_regex !== undefined
  return isByComment ? 'comment-regex' : null
}

function ageRecipients({ age }: PlainMapping): readonly AgeRecipient[] {
  if (!Array.isArray(age)) return []
  return age.flatMap(entry =>
    isMapping(entry) && typeof entry.recipient === 'string' && typeof entry.enc === 'string'
      ? [{ recipient: entry.recipient, encryptedKey: entry.enc }]
      : [],
  )
}

/** The function `isEncrypted` (sops.go, shouldBeEncrypted); null for a regular expression that JavaScript lacks. */
function selection(sops: PlainMapping): SopsMetadata['isEncrypted'] | null {
  const unencryptedRegex = goRegex(sops.unencrypted_regex)
  const encryptedRegex = goRegex(sops.encrypted_regex)
  if (unencryptedRegex === null || encryptedRegex === null) return null
  const hasSuffix = (keys: readonly string[], suffix: string) =>
    keys.some(key => key.endsWith(suffix))
  const unencryptedSuffix = textOrEmpty(sops.unencrypted_suffix)
  const encryptedSuffix = textOrEmpty(sops.encrypted_suffix)
  return keys => {
    // The later setting decides, as in shouldBeEncrypted.
    if (encryptedRegex !== undefined) return keys.some(key => encryptedRegex.test(key))
    if (unencryptedRegex !== undefined && keys.some(key => unencryptedRegex.test(key))) return false
    if (encryptedSuffix !== '') return hasSuffix(keys, encryptedSuffix)
    return unencryptedSuffix === '' || !hasSuffix(keys, unencryptedSuffix)
  }
}

function textOrEmpty(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Undefined for no expression, null for syntax of Go (RE2) that has another meaning in JavaScript. */
function goRegex(value: unknown): RegExp | null | undefined {
  const [, flag, source = ''] = /^(\(\?i\))?(.*)$/s.exec(textOrEmpty(value)) ?? []
  if (source === '') return undefined
  if (/\\[^dDwWsSbBnrtfv\W]|\[\[:|\(\?(?!:)/.test(source)) return null
  try {
    return new RegExp(source, flag === undefined ? '' : 'i')
  } catch {
    return null
  }
}
