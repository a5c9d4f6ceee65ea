/** SHA-256 and SHA-512 in lower-case hex, by @noble/hashes: synchronous, also in browsers. */
import { sha256 as digest256, sha512 as digest512 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/** The SHA-256 digest of bytes, as 64 hex digits. */
export function sha256(bytes: Uint8Array): string {
  return bytesToHex(digest256(bytes))
}

/** The SHA-512 digest of bytes, as 128 hex digits. */
export function sha512(bytes: Uint8Array): string {
  return bytesToHex(digest512(bytes))
}
