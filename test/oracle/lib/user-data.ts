/** Random user-data in the forms that cloud-init reads: a config, a MIME message, an archive. */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'

const packed = fc.string({ maxLength: 20 }).map(text => gzipSync(text).toString('base64'))
const entry = fc.record(
  {
    path: fc.constantFrom('/a', '/b', 'c', '/d/../e', '/f//g/', '', '/h'),
    content: fc.oneof(
      fc.string({ maxLength: 20 }),
      packed,
      fc.constantFrom('!!!!', 'QUJD', 'QUI', 'Q U\nJ D', 'é', 12, null, true, ['x']),
    ),
    encoding: fc.constantFrom(
      'b64',
      'gz+b64',
      ' GZIP+base64',
      'gz',
      'base-64',
      'text/plain',
      '',
      null,
    ),
    permissions: fc.constantFrom(
      '0644',
      '600',
      600,
      '0o755',
      'rwx',
      '0000',
      0,
      '4755',
      '2745',
      ' 7_5_5 ',
      6.9,
      null,
      true,
      '-1x',
    ),
    owner: fc.constantFrom('root:root', 'bob:bob', 'bob', ':x', 'a : b', null),
    append: fc.constantFrom(true, false, 'yes', 'no', 1),
    defer: fc.constantFrom(true, false, 'on', 'off'),
    extra: fc.constantFrom(1),
  },
  { requiredKeys: ['path'] },
)
const odd = fc.constantFrom<unknown>('text', 7, null, ['list'])
const config = fc.record(
  {
    write_files: fc.array(
      fc.oneof({ weight: 9, arbitrary: entry }, { weight: 1, arbitrary: odd }),
      { maxLength: 4 },
    ),
    merge_how: fc.constantFrom(
      'list(append)+dict(recurse_array,no_replace)+str()',
      'dict(recurse_array)+list(append)',
      'dict(replace)',
      'list(prepend)+dict(recurse_list)',
      'dict(recurse_array)+list(recurse_dict)+str(append)',
      'nonsense',
      'dict(allow_delete,replace)+list()',
      [
        { name: 'list', settings: ['append'] },
        { name: 'dict', settings: ['no_replace', 'recurse_list'] },
      ],
    ),
  },
  { requiredKeys: ['write_files'] },
)
/** A config with a first line that cloud-init accepts, or does not. */
export const userData = fc
  .tuple(
    config,
    fc.constantFrom(
      '#cloud-config\n',
      '\n #CLOUD-config x\n',
      '',
      '# c\n#cloud-config\n',
      '\ufeff#cloud-config\n',
      '#!/bin/sh\n',
    ),
  )
  .map(([value, head]) => `${head}${JSON.stringify(value)}\n`)
const quotedPrintable = (text: string) =>
  [...Buffer.from(text)]
    .map(byte =>
      byte > 32 && byte < 127 && byte !== 61
        ? String.fromCharCode(byte)
        : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('')
    .replaceAll(/(.{60}[^=]{3})/g, '$1=\n')
const encoders = [
  (text: string) => [
    'base64',
    Buffer.from(text)
      .toString('base64')
      .replaceAll(/(.{60})/g, '$1\n'),
  ],
  (text: string) => ['quoted-printable', quotedPrintable(text)],
  (text: string) => ['7bit', text],
] as const
/** A MIME message of several parts. */
export const mime = fc
  .tuple(
    fc.array(
      fc.tuple(
        userData,
        fc.constantFrom(...encoders),
        fc.constantFrom(
          'text/cloud-config',
          'text/plain',
          'text/x-shellscript; charset="utf-8"',
          'text/other',
          'application/x-gzip',
        ),
        fc.constantFrom(
          '',
          'Merge-Type: list(append)+dict(recurse_array)+str()\n',
          'X-Merge-Type: dict(replace)\n',
        ),
      ),
      { maxLength: 4 },
    ),
    fc.constantFrom('\n', '\r\n'),
    fc.boolean(),
  )
  .map(([parts, newline, closed]) => {
    const bodies = parts.map(([text, encode, type, header]) => {
      const [encoding, body] =
        type === 'application/x-gzip' ? ['base64', gzipSync(text).toString('base64')] : encode(text)
      return `--=b=\nContent-Type: ${type}\nContent-Transfer-Encoding: ${encoding}\n${header}\n${body}\n`
    })
    const whole = `Content-Type: multipart/mixed;\n boundary="=b="\nMIME-Version: 1.0\n\npreamble\n${bodies.join('')}${closed ? '--=b=--\nafter\n' : ''}`
    return Buffer.from(whole.replaceAll('\n', newline))
  })
/** A #cloud-config-archive. */
export const archive = fc
  .array(
    fc.oneof(
      userData,
      userData.map(content => ({ content })),
      userData.map(content => ({
        content,
        type: 'text/cloud-config',
        'Merge-Type': 'list(append)+dict(recurse_array)',
      })),
      userData.map(content => ({ content, type: 'text/plain' })),
      fc.constant(3),
    ),
    { maxLength: 3 },
  )
  .map(list => Buffer.from(`#cloud-config-archive\n${JSON.stringify(list)}\n`))
