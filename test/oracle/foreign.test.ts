/** inspect against cloud-init's own code: the same bytes, the same files, whoever wrote them. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inspect } from '../../src/emit/emitters.ts'

const python = '/usr/bin/python3'
const installed =
  existsSync(python) &&
  spawnSync(python, ['-c', 'import cloudinit.user_data'], { stdio: 'ignore' }).status === 0
if (!installed && process.env.ORACLE === 'require') throw new Error(`${python} has no cloudinit`)

// cloud-init's own parts, merging and write_files; only what touches the disk is replaced.
const program = `
import base64, io, json, logging, os, sys, tempfile
logging.disable(logging.CRITICAL)
from cloudinit import handlers, helpers, user_data, util
from cloudinit.config import cc_write_files
from cloudinit.handlers.cloud_config import CloudConfigPartHandler
paths = helpers.Paths({'cloud_dir': tempfile.mkdtemp()})
util.fetch_ssl_details = lambda paths=None: {}
def config(blob):
    handler = CloudConfigPartHandler(paths)
    got = {}
    handler._write_cloud_config = lambda: got.update(buf=handler.cloud_buf)
    def part(data, filename, payload, headers):
        if headers['Content-Type'] in handler.list_types():
            handlers.run_part(handler, None, filename, payload, 'always', headers)
    handlers.call_begin(handler, None, 'always')
    handlers.walk(user_data.UserDataProcessor(paths).process(blob), part, None)
    handlers.call_end(handler, None, 'always')
    return got.get('buf') or {}
def files(cfg):
    disk = {}
    def write(path, content, mode=0o644, omode='wb', **rest):
        old = disk.get(path, [b'', 0o644, 'root', 'root'])
        content = util.encode_text(content)
        disk[path] = [old[0] + content if omode == 'ab' else content, (mode & 0o7777) or old[1], old[2], old[3]]
    def chown(path, u, g):
        entry = disk[path]
        entry[1] &= ~(0o6000 if entry[1] & 0o10 else 0o4000)
        entry[2], entry[3] = u or 'root', g or 'root'
    util.write_file, util.chownbyname = write, chown
    for deferred in (False, True):
        try:
            due = [f for f in cfg.get('write_files', []) if util.get_cfg_option_bool(f, 'defer', False) == deferred]
            cc_write_files.write_files('x', due, 'root:root')
        except Exception as e:
            pass
    return [{'path': p, 'mode': m, 'owner': u + ':' + g, 'content': base64.b64encode(c).decode()}
            for p, (c, m, u, g) in sorted(disk.items())]
json.dump([files(config(base64.b64decode(b))) for b in json.load(sys.stdin)], sys.stdout)
`

function judged(blobs: readonly Uint8Array[]): readonly unknown[] {
  const run = spawnSync(python, ['-c', program], {
    cwd: '/',
    input: JSON.stringify(blobs.map(blob => Buffer.from(blob).toString('base64'))),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (run.status !== 0) throw new Error(run.stderr)
  return JSON.parse(run.stdout)
}

function ours(blob: Uint8Array): unknown {
  const read = inspect(blob)
  if (!read.ok) return read.diagnostics
  return read.value.entries.flatMap(entry =>
    entry.kind === 'file'
      ? [
          {
            path: entry.path,
            mode: entry.mode,
            owner: entry.owner,
            content: Buffer.from(entry.content).toString('base64'),
          },
        ]
      : [],
  )
}

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
const userData = fc
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
const mime = fc
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
const archive = fc
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

describe('what cloud-init’s own code makes of user-data', () => {
  const kinds = [
    ['a plain config', userData.map(text => Buffer.from(text)), 3000],
    ['a gzipped config', userData.map(text => gzipSync(text)), 300],
    ['a MIME message', mime, 2000],
    ['an archive', archive, 1000],
  ] as const
  test.for(kinds)('%s', ([, kind, times], { skip }) => {
    skip(!installed, 'cloud-init is not installed')
    const blobs = fc.sample<Buffer>(kind, times)
    const answers = judged(blobs)
    for (const [at, blob] of blobs.entries()) {
      expect(ours(blob), blob.toString('latin1')).toEqual(answers[at])
    }
  })
})
