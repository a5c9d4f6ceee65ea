import crypto, { type KeyObject } from 'node:crypto'
import fs from 'node:fs'
import { digestOf, type Extent, feed, type Listing, wholeFile } from './extent.ts'

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
  if (!cosignKey || !beside) {
    throw new Error(
      `${path} needs ${cosignKey ? `${path}.sig` : '--cosign-key FILE'}, or --verify=false`,
    )
  }
  const key = crypto.createPublicKey(fs.readFileSync(cosignKey))
  if (!/^(ec|rsa)$/.test(`${key.asymmetricKeyType}`)) {
    throw new Error(`${cosignKey} cannot be checked here; use ECDSA or RSA`)
  }
  const file = wholeFile(path)
  if (await isSigned(file, fs.readFileSync(beside, 'utf8'), key, beside)) return file
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
    if (!isRight && !/^SHA256SUMS/.test(name))
      throw new Error(`${path}/${name} is not as ${sums} says`)
  }
}

async function isSigned(file: Extent, text: string, key: KeyObject, from: string) {
  // A plain signature is base64; a bundle is JSON, and an older one names its signature otherwise.
  const bundle = text.startsWith('{') ? JSON.parse(text) : { base64Signature: text }
  const { messageSignature: message, verificationMaterial: material, base64Signature } = bundle
  const signature = base64Signature ?? (material?.publicKey && message?.signature)
  if (!signature) throw new Error(`${from} is keyless, which cannot be checked here`)
  const digest = Buffer.from(message?.messageDigest?.digest ?? '', 'base64').toString('hex')
  if (digest && (await digestOf(file)) !== `sha256:${digest}`) return false
  const check = await feed(file, crypto.createVerify('sha256'))
  return check.verify(key, signature, 'base64')
}
