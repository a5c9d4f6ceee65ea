/** MIME messages as Python's email package reads them: the same parts, types, headers and contents. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type MimePart, parseMime } from '../../src/codec/mime.ts'
import { describeWith, randomRuns } from '../lib/judge.ts'
import { answers, pythonWith } from './lib/python.ts'

const program = `
import base64, email, json, sys
def plain(part):
    body = part.get_payload(decode=True)
    inside = part.get_payload() if part.is_multipart() else []
    return {'type': part.get_content_type(), 'headers': dict(part),
            'body': '' if body is None or part.get_content_maintype() == 'multipart' else base64.b64encode(body).decode(),
            'parts': [plain(p) for p in inside]}
json.dump([plain(email.message_from_string(text)) for text in json.load(sys.stdin)], sys.stdout)`

const printable = ({ type, headers, body, parts }: MimePart): unknown => ({
  type,
  headers: Object.fromEntries(headers),
  body: Buffer.from(body).toString('base64'),
  parts: parts.map(printable),
})

/** Lines that are joined at random. */
const lines = [
  ...[
    'From me\n',
    ' indented: 1\n',
    '\tx\n',
    ': no name\n',
    'X-A: 1\n',
    'x-a: 2\n',
    'Bad header\n',
  ],
  ...[
    'MIME-Version: 1.0\n',
    'Content-Type: text/plain\n',
    'Content-Type: text/cloud-config; x=y\r\n',
  ],
  ...[
    'Content-Type: multipart/mixed; boundary=b\n',
    'Content-Type: multipart/mixed;\n boundary="c "\n',
  ],
  ...[
    'Content-Type: multipart/mixed\n',
    'Content-Type: message/rfc822\n',
    'Content-Type: nothing\n',
  ],
  ...['Content-Transfer-Encoding: base64\n', 'content-transfer-encoding: BASE64\n'],
  ...['Content-Transfer-Encoding: base64 \n', 'Content-Transfer-Encoding: quoted-printable\n'],
  ...['Content-Transfer-Encoding: 8bit\n', 'Content-Transfer-Encoding: x-uuencode\n'],
  ...[
    '\n',
    '\n',
    '\r\n',
    '\r',
    '--b\n',
    '--b  \r\n',
    '--b--\n',
    '--c\n',
    '--c--\n',
    '--b',
    'text\n',
  ],
  ...['aGk=\n', 'aGk', 'a', '!aG k=\n', 'a=\n', '=3D=zz== \n', '=', 'é\n', '😀', '#cloud-config\n'],
  ...['begin 644 x\n', '#:&D*\n', '"8\n', '`\n', 'end\n'],
]
const message = fc
  .array(fc.constantFrom(...lines), { minLength: 1, maxLength: 16 })
  .map(parts => parts.join(''))

describeWith([pythonWith('email')], "Python's email package", () => {
  it('reads the same parts', () => {
    const texts = fc.sample(message, randomRuns(10_000))
    const expected = answers(program, texts)
    for (const [at, text] of texts.entries()) {
      const read = parseMime(text)
      expect(read === null ? null : printable(read), JSON.stringify(text)).toEqual(expected[at])
    }
  })
})
