import { expect, test } from 'vitest'
import { errorMessages } from '../../src/registry/server/errors.ts'

/** opencontainers/distribution-spec, spec.md at v1.1.1, section "Error Codes". */
const specification = `
| code-1  | BLOB_UNKNOWN          | blob unknown to registry                                   |
| code-2  | BLOB_UPLOAD_INVALID   | blob upload invalid                                        |
| code-3  | BLOB_UPLOAD_UNKNOWN   | blob upload unknown to registry                            |
| code-4  | DIGEST_INVALID        | provided digest did not match uploaded content             |
| code-5  | MANIFEST_BLOB_UNKNOWN | manifest references a manifest or blob unknown to registry |
| code-6  | MANIFEST_INVALID      | manifest invalid                                           |
| code-7  | MANIFEST_UNKNOWN      | manifest unknown to registry                               |
| code-8  | NAME_INVALID          | invalid repository name                                    |
| code-9  | NAME_UNKNOWN          | repository name not known to registry                      |
| code-10 | SIZE_INVALID          | provided length did not match content length               |
| code-11 | UNAUTHORIZED          | authentication required                                    |
| code-12 | DENIED                | requested access to the resource is denied                 |
| code-13 | UNSUPPORTED           | the operation is unsupported                               |
| code-14 | TOOMANYREQUESTS       | too many requests                                          |
`

test('each error code has the message of the specification', () => {
  const rows = [...specification.matchAll(/^\| code-\d+ +\| (\w+) +\| (.*?) +\|$/gm)]
  expect(rows).toHaveLength(14)
  const messages = Object.fromEntries(rows.map(([, code, message]) => [code, message]))
  expect(Object.keys(errorMessages).length).toBeGreaterThan(7)
  expect(messages).toMatchObject(errorMessages)
})
