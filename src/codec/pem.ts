/** PEM texts (RFC 7468): Base64 blocks between BEGIN and END lines, with other text around them. */

/** One block of a PEM text. */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY` and so on. */
  readonly label: string
  /** The block as written, from its BEGIN line to its END line. */
  readonly text: string
  /** False where the END line is missing. */
  readonly complete: boolean
}

// OpenSSL and Go search for BEGIN at the start of a line only, and accept spaces after the dashes.
const beginLine = /^-----BEGIN ([^\r\n]+?)-----[ \t\r]*$/gm

/** The blocks of a PEM text in their order; other text is skipped. */
export function parsePem(text: string): readonly PemBlock[] {
  const begins = [...text.matchAll(beginLine)]
  return begins.map(({ 1: label = '', index }, position) => {
    const segment = text.slice(index, begins[position + 1]?.index)
    const endLine = `\n-----END ${label}-----`
    const end = segment.indexOf(endLine)
    return end < 0
      ? { label, text: segment, complete: false }
      : { label, text: `${segment.slice(0, end)}${endLine}\n`, complete: true }
  })
}
