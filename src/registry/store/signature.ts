import crypto, { type KeyObject } from 'node:crypto'
import fs from 'node:fs'
import { readChecked } from '../checked-file.ts'
import type { Verify } from '../flags.ts'
import { digestOf, type Extent, feed, fileExtent, type Listing, readExtent } from './extent.ts'

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
  readonly messageSignature?: { readonly signature?: string }
}

/** Checks the signature of a file and returns the checked file; undefined if no check is needed. */
export async function verifyFile(path: string, trust: Trust): Promise<Extent | undefined> {
  const { verify, cosignKey } = trust
  const signaturePaths = [`${path}.sig`, `${path}.sigstore.json`]
  const signaturePath = signaturePaths.find(fs.existsSync)
  if (!(verify ?? cosignKey ?? signaturePath)) return undefined
  if (!cosignKey || !signaturePath) {
    throw new Error(`needs --cosign-key FILE and ${path}.sig, or --verify=false`)
  }
  const key = readPublicKey(cosignKey)
  const file = fileExtent(path)
  const check = await feed(file, crypto.createVerify('sha256'))
  if (check.verify(key, readSignature(signaturePath), 'base64')) return file
  throw new Error(`${signaturePath} is not its signature by the key ${cosignKey}`)
}

/** Checks the signed SHA256SUMS of a folder, and every file against it. */
export async function verifyFolder(path: string, listing: Listing, trust: Trust): Promise<void> {
  const sumsPath = `${path}/SHA256SUMS`
  const sumsFile = await verifyFile(sumsPath, trust)
  if (!sumsFile) return
  const lines = readExtent(sumsFile)
    .toString()
    .matchAll(/^(\w{64}) [ *](?:\.\/)?(.+)$/gm)
  const sums = new Map([...lines].map(([, hex, name = '']) => [name, `sha256:${hex}`]))
  for (const name of new Set([...listing.keys(), ...sums.keys()])) {
    if (/^SHA256SUMS(\.sig|\.sigstore\.json)?$/.test(name)) continue
    const extent = listing.get(name)
    if (!extent || (await digestOf(extent)) !== sums.get(name)) {
      throw new Error(`${name} does not match SHA256SUMS`)
    }
  }
}

function readPublicKey(path: string): KeyObject {
  return readChecked(path, 'ECDSA or RSA public key in PEM form', pem => {
    const key = crypto.createPublicKey(pem)
    // Node makes the public key from a private key.
    if (pem.includes('PUBLIC KEY') && /^(ec|rsa)$/.test(`${key.asymmetricKeyType}`)) return key
    throw new Error('it is another key')
  })
}

/** The signature in base64: cosign writes base64 or JSON, openssl the bytes themselves. */
function readSignature(path: string): string {
  return readChecked(path, 'signature', bytes => {
    const text = bytes.toString('latin1')
    if (/^[\w+/=\s]*$/.test(text)) return text
    if (!text.startsWith('{')) return bytes.toString('base64')
    const { base64Signature, messageSignature }: SignatureBundle = JSON.parse(text)
    return base64Signature ?? messageSignature?.signature ?? ''
  })
}
