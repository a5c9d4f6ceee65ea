import crypto, { type KeyObject } from 'node:crypto'
import fs from 'node:fs'
import { type Extent, feed, type Listing, sumFor, wholeFile } from './extent.ts'

// What enters: a bundle and a public key. What leaves: nothing, or an error that stops the program.
// The bytes that were checked are those that are served: an extent of a file that changed since
// cannot be opened.

/** How signatures are judged: `verify` is empty where they are not, undefined where a key or a signature decides. */
export interface Trust {
  readonly verify: string | undefined
  readonly cosignKey: string | undefined
}

/** Checks the signature beside a file, where there is one or there must be, and gives that very file. */
export async function verifyFile(path: string, trust: Trust): Promise<Extent | undefined> {
  const { verify, cosignKey } = trust
  const beside = ['.sig', '.sigstore.json'].map(end => path + end).find(fs.existsSync)
  if (verify === '' || !(verify || cosignKey || beside)) return
  if (!cosignKey) throw new Error(`${beside ?? path} needs --cosign-key FILE, or --verify=false`)
  if (!beside) throw new Error(`${path}.sig is missing; --verify=false serves it unsigned`)
  const key = crypto.createPublicKey(fs.readFileSync(cosignKey))
  if (!/^(ec|rsa)$/.test(`${key.asymmetricKeyType}`)) {
    throw new Error(`${cosignKey}: only ECDSA and RSA keys can be checked here`)
  }
  const file = wholeFile(path)
  if (await isSigned(file, fs.readFileSync(beside, 'utf8'), key, beside)) return file
  throw new Error(`${beside} is no signature of ${path} by ${cosignKey}`)
}

/** Checks a folder's signed SHA256SUMS, and by it every file. */
export async function verifyFolder(path: string, listing: Listing, trust: Trust): Promise<void> {
  const sums = `${path}/SHA256SUMS`
  if (!(await verifyFile(sums, trust))) return
  const left = new Map(listing)
  for (const line of fs.readFileSync(sums, 'utf8').split('\n')) {
    const [, hex, name = ''] = /^([0-9a-f]{64}) [ *](?:\.\/)?(.+)$/.exec(line) ?? []
    const extent = listing.get(name)
    if (hex && (!extent || (await feed(extent, sumFor('sha256'))).digest('hex') !== hex)) {
      throw new Error(`${path}/${name} is not as SHA256SUMS says`)
    }
    left.delete(name)
  }
  for (const name of left.keys()) {
    if (!/^SHA256SUMS/.test(name)) throw new Error(`${path}/${name} is not as SHA256SUMS says`)
  }
}

async function isSigned(file: Extent, text: string, key: KeyObject, from: string) {
  // A plain signature is base64; a bundle is JSON, and an older one names its signature otherwise.
  const bundle = text.startsWith('{') ? JSON.parse(text) : { base64Signature: text }
  const { messageSignature: message, verificationMaterial: material, base64Signature } = bundle
  const signature = base64Signature ?? (material?.publicKey && message?.signature)
  if (!signature) throw new Error(`${from} is keyless, which cannot be checked here`)
  const { digest } = message?.messageDigest ?? {}
  if (digest && (await feed(file, sumFor('sha256'))).digest('base64') !== digest) return false
  const check = await feed(file, crypto.createVerify('sha256'))
  return check.verify(key, signature, 'base64')
}
