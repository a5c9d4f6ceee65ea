/** The codes that a read-only registry sends, with their messages: OCI distribution specification 1.1.1, "Error Codes". */
export const errorMessages = {
  BLOB_UNKNOWN: 'blob unknown to registry',
  DIGEST_INVALID: 'provided digest did not match uploaded content',
  MANIFEST_UNKNOWN: 'manifest unknown to registry',
  NAME_INVALID: 'invalid repository name',
  NAME_UNKNOWN: 'repository name not known to registry',
  SIZE_INVALID: 'provided length did not match content length',
  UNAUTHORIZED: 'authentication required',
  UNSUPPORTED: 'the operation is unsupported',
} as const

/** One of these codes. */
export type ErrorCode = keyof typeof errorMessages
