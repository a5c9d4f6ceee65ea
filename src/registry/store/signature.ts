import crypto, { type KeyObject } from 'node:crypto'
import fs from 'node:fs'
import type { Verify } from '../flags.ts'
import { digestOf, type Extent, feed, fileExtent, type Listing } from './extent.ts'
import { readJson } from './json-file.ts'

// Input: a bundle and a public key. Output: the checked file, or an error that stops the program. Later
// reads get the checked bytes: a file that changed since the check does not open.

/** Which bundles need a signature, and the file of the public key. */
export interface Trust {
  readonly verify: Verify
  readonly cosignKey: string | undefined
}

/** A sigstore bundle, or the older bundle of cosign, as it was written. */
interface SignatureBundle {
  readonly base64Signature?: string
  readonly messageSignature?: {
    readonly signature?: string
    readonly messageDigest?: { readonly digest?: string }
  }
  readonly verificationMaterial?: { readonly publicKey?: object }
}

/** Checks the signature of a file and returns the checked file; undefined if no check is needed. */
export async function verifyFile(path: string, trust: Trust): Promise<Extent | undefined> {
  const { verify, cosignKey } = trust
  const signaturePaths = [`${path}.sig`, `${path}.sigstore.json`]
  const signaturePath = signaturePaths.find(candidate => fs.existsSync(candidate))
  if (verify === 'never') return undefined
  if (verify === 'auto' && !cosignKey && !signaturePath) return undefined
  if (!cosignKey) {
    throw new Error(`${path} must be verified: use --cosign-key FILE, or --verify=false`)
  }
  if (!signaturePath) {
    throw new Error(`${path} has no signature: add ${path}.sig, or use --verify=false`)
  }
  const key = readPublicKey(cosignKey)
  const file = fileExtent(path)
  if (await isSigned(file, signaturePath, key)) return file
  throw new Error(`${signaturePath} is not a signature of ${path} by the key ${cosignKey}`)
}

/** Checks the signed SHA256SUMS of a folder, and every file against it. */
export async function verifyFolder(path: string, listing: Listing, trust: Trust): Promise<void> {
  const sumsPath = `${path}/SHA256SUMS`
  if (!(await verifyFile(sumsPath, trust))) return
  const lines = fs.readFileSync(sumsPath, 'utf8').matchAll(/^(\w{64}) [ *](?:\.\/)?(.+)$/gm)
  const sums = new Map([...lines].map(([, hex, name = '']) => [name, `sha256:${hex}`]))
  for (const name of new Set([...listing.keys(), ...sums.keys()])) {
    if (/^SHA256SUMS(\.sig|\.sigstore\.json)?$/.test(name)) continue
    const extent = listing.get(name)
    if (!extent || (await digestOf(extent)) !== sums.get(name)) {
      throw new Error(`${path}/${name} does not match ${sumsPath}`)
    }
  }
}

function readPublicKey(path: string): KeyObject {
  const pem = fs.readFileSync(path, 'latin1')
  const key = pem.includes('PUBLIC KEY') && crypto.createPublicKey(pem)
  if (!key || !/^(ec|rsa)$/.test(`${key.asymmetricKeyType}`)) {
    throw new Error(`${path} is not an ECDSA or RSA public key in PEM form`)
  }
  return key
}

async function isSigned(file: Extent, signaturePath: string, key: KeyObject): Promise<boolean> {
  const bundle = readJson<SignatureBundle>(fileExtent(signaturePath))
  const signature = readSignature(signaturePath, bundle)
  if (!signature) {
    throw new Error(`${signaturePath} has no signature by a key: keyless ones are not supported`)
  }
  const stated = bundle.messageSignature?.messageDigest?.digest ?? ''
  const digest = Buffer.from(stated, 'base64').toString('hex')
  if (digest !== '' && (await digestOf(file)) !== `sha256:${digest}`) return false
  const check = await feed(file, crypto.createVerify('sha256'))
  return check.verify(key, signature, 'base64')
}

/** The signature in base64: cosign writes base64 or JSON, openssl the bytes themselves. */
function readSignature(path: string, bundle: SignatureBundle): string | undefined {
  const bytes = fs.readFileSync(path)
  const text = bytes.toString('latin1')
  if (text.startsWith('{')) {
    const { base64Signature, messageSignature, verificationMaterial } = bundle
    const byKey = verificationMaterial?.publicKey && messageSignature?.signature
    return base64Signature ?? byKey
  }
  return /^[\w+/=\s]+$/.test(text) ? text : bytes.toString('base64')
}
