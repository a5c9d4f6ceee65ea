/** Those of the distribution specification's error codes that an answer may carry. */
export type ErrorCode =
  | 'BLOB_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNAUTHORIZED'
  | 'UNSUPPORTED'

/** The status that goes with a code, where that is not 404. */
export const statuses: { readonly [Code in ErrorCode]?: number } = {
  DIGEST_INVALID: 400,
  SIZE_INVALID: 416,
  UNAUTHORIZED: 401,
  UNSUPPORTED: 405,
}
