/** inspect against cloud-init's own code: the same bytes give the same files, whatever their origin. */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { InspectedTree } from '../../src/emit/emitter.ts'
import { inspect } from '../../src/emit/emitters.ts'
import { describeWith } from '../lib/judge.ts'
import { answers, pythonWith } from './lib/python.ts'
import { archive, mime, userData } from './lib/user-data.ts'

// cloud-init's own splitting, merging and write_files; only the functions that write are replaced.
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
        if not u and not g: return
        entry = disk[path]
        entry[1] &= ~(0o6000 if entry[1] & 0o10 else 0o4000)
        entry[2], entry[3] = u or entry[2], g or entry[3]
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

interface Printed {
  readonly path: string
  readonly mode: number
  readonly owner: string
  readonly content: string
}

/** The files that inspect finds, in the form that the program prints. */
function filesOf({ entries }: InspectedTree): readonly Printed[] {
  return entries.flatMap(entry =>
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

describeWith([pythonWith('cloudinit.user_data')], 'cloud-init', () => {
  const kinds = [
    ['a plain config', userData.map(text => Buffer.from(text)), 3000],
    ['a gzipped config', userData.map(text => gzipSync(text)), 300],
    ['a MIME message', mime, 2000],
    ['an archive', archive, 1000],
  ] as const
  it.for(kinds)('writes the same files for %s', ([, kind, times]) => {
    const blobs = fc.sample<Buffer>(kind, times)
    const expected = answers(
      program,
      blobs.map(blob => blob.toString('base64')),
    ) as readonly (readonly Printed[])[]
    for (const [at, blob] of blobs.entries()) {
      const read = inspect(blob)
      if (!read.ok) throw new Error(JSON.stringify(read.diagnostics))
      // Content that is appended to a file of the image is not known.
      const unknown = read.value.unmodelled.map(({ what }) => what)
      const known = expected[at]?.filter(
        ({ path }) => !unknown.some(what => what.endsWith(`file ${path}`)),
      )
      expect(filesOf(read.value), blob.toString('latin1')).toEqual(known)
    }
  })
})
