/** Which format bytes are in. */
import { decodeUtf8 } from '../codec/text.ts'

/** Whether bytes are a JSON object with an `ignition` key. */
export function looksLikeIgnition(bytes: Uint8Array): boolean {
  const text = decodeUtf8(bytes)
  if (text === null || !/^\s*\{/.test(text)) return false
  try {
    return Object.hasOwn(JSON.parse(text), 'ignition')
  } catch {
    return /^\s*\{\s*"ignition"\s*:/.test(text) // Broken, but meant as one.
  }
}
