/** Bytes as characters, one each: for those who look for ASCII in bytes of any kind. */

/** The text whose character codes are the bytes. */
export function latin1(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += chunk) {
    // apply() takes typed arrays several times faster than a spread, which iterates.
    parts.push(
      String.fromCharCode.apply(null, bytes.subarray(at, at + chunk) as unknown as number[]),
    )
  }
  return parts.join('')
}

const chunk = 8192
