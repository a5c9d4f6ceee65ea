import crypto, { type KeyObject } from 'node:crypto'
import fs from 'node:fs'
import { digestOf, type Extent, feed, type Listing, wholeFile } from './extent.ts'
import { readJson } from './json.ts'

// What enters: a bundle and a public key. What leaves: nothing, or an error that stops the program.
// The bytes that were checked are those that are served: an extent of a file that changed since
// cannot be opened.

/** How signatures are judged: `verify` is empty where they are not, undefined where a key or a signature decides. */
export interface Trust {
  readonly verify: string | undefined
  readonly cosignKey: string | undefined
}

/** A sigstore bundle, or what cosign wrote before. */
interface Bundle {
  readonly base64Signature?: string
  readonly messageSignature?: {
    readonly signature?: string
    readonly messageDigest?: { readonly digest?: string }
  }
  readonly verificationMaterial?: { readonly publicKey?: object }
}

/** Checks the signature beside a file, where there is one or there must be, and gives that very file. */
export async function verifyFile(path: string, trust: Trust): Promise<Extent | undefined> {
  const { verify, cosignKey } = trust
  const beside = ['.sig', '.sigstore.json'].map(end => path + end).find(fs.existsSync)
  if (verify === '' || !(verify || cosignKey || beside)) return
  if (!cosignKey || !beside) {
    throw new Error(
      `${path} needs ${cosignKey ? `${path}.sig` : '--cosign-key FILE'}, or --verify=false`,
    )
  }
  const pem = fs.readFileSync(cosignKey, 'latin1')
  const key = /PUBLIC KEY/.test(pem) && crypto.createPublicKey(pem)
  if (!key || !/^(ec|rsa)$/.test(`${key.asymmetricKeyType}`)) {
    throw new Error(`${cosignKey} is no public key of ECDSA or RSA`)
  }
  const file = wholeFile(path)
  if (await isSigned(file, beside, key)) return file
  throw new Error(`${beside} is no signature of ${path} by ${cosignKey}`)
}

/** Checks a folder's signed SHA256SUMS, and by it every file. */
export async function verifyFolder(path: string, listing: Listing, trust: Trust): Promise<void> {
  const sums = `${path}/SHA256SUMS`
  if (!(await verifyFile(sums, trust))) return
  const lines = fs.readFileSync(sums, 'utf8').matchAll(/^(\w{64}) [ *](?:\.\/)?(.+)$/gm)
  const stated = new Map([...lines].map(([, hex, name = '']) => [name, `sha256:${hex}`]))
  for (const name of new Set([...listing.keys(), ...stated.keys()])) {
    const extent = listing.get(name)
    const isRight = extent && (await digestOf(extent)) === stated.get(name)
    if (!isRight && !/^SHA256SUMS(\.sig|\.sigstore\.json)?$/.test(name))
      throw new Error(`${path}/${name} is not as ${sums} says`)
  }
}

async function isSigned(file: Extent, beside: string, key: KeyObject): Promise<boolean> {
  const raw = fs.readFileSync(beside)
  const text = raw.toString('latin1')
  // cosign writes base64 or JSON, of which an older one names the signature otherwise; openssl
  // writes the very bytes.
  const json = readJson<Bundle>(wholeFile(beside))
  const { messageSignature: message, verificationMaterial: material, base64Signature } = json
  const plain = /^[\w+/=\s]+$/.test(text) ? text : raw.toString('base64')
  const signature = text.startsWith('{')
    ? (base64Signature ?? (material?.publicKey && message?.signature))
    : plain
  if (!signature) throw new Error(`${beside} has no signature by a key`)
  const digest = Buffer.from(message?.messageDigest?.digest ?? '', 'base64').toString('hex')
  if (digest && (await digestOf(file)) !== `sha256:${digest}`) return false
  const check = await feed(file, crypto.createVerify('sha256'))
  return check.verify(key, signature, 'base64')
}
