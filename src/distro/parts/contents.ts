/** The contents of a resolved spec in the notation that a field requires, or the error. */
import { memoizeByObject } from '../../codec/memoize.ts'
import { type PemBlock, parsePem } from '../../codec/pem.ts'
import { decodeUtf8 } from '../../codec/text.ts'
import type { Content } from '../../model/spec.ts'
import {
  andThen,
  checked,
  type Diagnostic,
  failure,
  type Outcome,
  success,
} from '../../report/diagnostic.ts'
import type { Path } from '../../report/place.ts'
import { report } from '../rules.ts'

/** A content as UTF-8 text. */
export function utf8Text({ bytes, from }: Content): Outcome<string> {
  const text = decodeUtf8(bytes)
  return text === null ? failure([report('text/not-utf-8', from, {})]) : success(text)
}

/** A content as UTF-8 text without the line end at its end: passwords and header values. */
export function lineText(content: Content): Outcome<string> {
  return andThen(utf8Text(content), text => success(text.replace(/\r?\n$/, '')))
}

/** The bytes of a field that requires this kind of PEM block. Damage inside a block is not found here. */
export function pemBytes(content: Content, kind: PemKind): Outcome<Uint8Array> {
  return checked(content.bytes, checkPem(pemBlocks(content), kind, content.from))
}

// All nodes share these contents, and a CA bundle has hundreds of kilobytes.
/** The PEM blocks of a content; none where it is not a text. */
export const pemBlocks = memoizeByObject(({ bytes }: Content): readonly PemBlock[] =>
  parsePem(decodeUtf8(bytes) ?? ''),
)

/** The kinds of PEM blocks that fields require. */
export type PemKind = 'certificate' | 'private key' | 'public key'

/** Whether a PEM block has this kind. */
export function isOfKind({ label }: PemBlock, kind: PemKind): boolean {
  return labels[kind].test(label)
}

// Go and OpenSSL take a private key of any label that ends so. Go ignores certificates of other labels.
const labels: Readonly<Record<PemKind, RegExp>> = {
  certificate: /^CERTIFICATE$/,
  'private key': /^(?:.* )?PRIVATE KEY$/,
  'public key': /^(?:RSA )?PUBLIC KEY$/,
}

function checkPem(blocks: readonly PemBlock[], kind: PemKind, from: Path): readonly Diagnostic[] {
  const [first] = blocks
  if (first === undefined) {
    return [report('mirror/file-unreadable', from, { what: 'a certificate or a key' })]
  }
  const block = blocks.find(candidate => isOfKind(candidate, kind))
  const privateKey = blocks.find(candidate => isOfKind(candidate, 'private key'))
  if (kind !== 'private key' && privateKey !== undefined && block !== undefined) {
    return [report('certificate/private-key-inside', from, { kind })]
  }
  if (block === undefined || block.label === 'OPENSSH PRIVATE KEY') {
    return [report('certificate/wrong-kind', from, { kind, found: (block ?? first).label })]
  }
  const isCut = kind === 'certificate' ? blocks.some(({ complete }) => !complete) : !block.complete
  if (isCut) return [report('certificate/damaged', from, { kind, damage: 'cut' })]
  return isEncrypted(block) ? [report('certificate/key-encrypted', from, {})] : []
}

/** PKCS #8 has a label for an encrypted key; older forms have a header. */
function isEncrypted({ label, text }: PemBlock): boolean {
  return label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type:.*ENCRYPTED/m.test(text)
}
