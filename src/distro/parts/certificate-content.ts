/** The certificates and keys in the PEM fields of a spec, or the errors. */
import type { Content } from '../../model/spec.ts'
import type { Certificate, KeyAlgorithm, X509 } from '../../model/x509.ts'
import { andThen, failure, type Outcome, success } from '../../report/diagnostic.ts'
import { report } from '../rules.ts'
import { isOfKind, type PemKind, pemBlocks, pemBytes } from './contents.ts'

/** All certificates of a field, at least one. */
export function certificatesIn(
  content: Content,
  x509: X509,
): Outcome<readonly [Certificate, ...Certificate[]]> {
  return andThen(blocksIn(content, 'certificate'), blocks => {
    const parsed = blocks.map(x509.parseCertificate)
    const [first, ...others] = parsed.filter(certificate => certificate !== null)
    return first === undefined || parsed.includes(null)
      ? damaged(content, 'certificate')
      : success([first, ...others])
  })
}

/** The private key of a field. */
export function privateKeyIn(content: Content, x509: X509): Outcome<string> {
  return andThen(blocksIn(content, 'private key'), ([pem = '']) =>
    x509.isPrivateKey(pem) ? success(pem) : damaged(content, 'private key'),
  )
}

/** The algorithm of the public key of a field. */
export function publicKeyIn(content: Content, x509: X509): Outcome<KeyAlgorithm> {
  return andThen(blocksIn(content, 'public key'), ([pem = '']) => {
    const algorithm = x509.parsePublicKey(pem)
    return algorithm === null ? damaged(content, 'public key') : success(algorithm)
  })
}

function blocksIn(content: Content, kind: PemKind): Outcome<readonly string[]> {
  return andThen(pemBytes(content, kind), () =>
    success(pemBlocks(content).flatMap(block => (isOfKind(block, kind) ? [block.text] : []))),
  )
}

function damaged<T>({ from }: Content, kind: PemKind): Outcome<T> {
  return failure([report('certificate/damaged', from, { kind, damage: 'content' })])
}
