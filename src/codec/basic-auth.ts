/** HTTP basic authentication (RFC 7617). */
import { printBase64 } from './base64.ts'
import { encodeUtf8 } from './text.ts'

/** The value of an Authorization header. */
export function printBasicAuth(username: string, password: string): string {
  return `Basic ${printBase64(encodeUtf8(`${username}:${password}`))}`
}
