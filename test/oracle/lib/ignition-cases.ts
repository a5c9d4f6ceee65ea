/**
 * Ignition configs of other origins, one case for each way in which Ignition refuses a config or gives it
 * another effect than it seems to have. The real Ignition gives the expected findings and trees.
 */
import { gzipSync } from 'node:zlib'

/** One config, and what `inspect` reports about it. */
export interface IgnitionCase {
  readonly name: string
  readonly config: string
  /** `RULE PATH` of each finding in order, without `inspect/`. */
  readonly findings: readonly string[]
}

type Fields = Readonly<Record<string, unknown>>

function aCase(name: string, config: Fields | string, ...findings: string[]): IgnitionCase {
  const text = typeof config === 'string' ? config : JSON.stringify(config, null, 1)
  return { name, config: text, findings }
}

const version = (text: string, fields: Fields = {}, ignition: Fields = {}) => ({
  ignition: { version: text, ...ignition },
  ...fields,
})
const v3 = (fields: Fields, ignition: Fields = {}) => version('3.3.0', fields, ignition)
const storage = (fields: Fields) => v3({ storage: fields })
const files = (...list: readonly Fields[]) => storage({ files: list })
const directories = (...list: readonly Fields[]) => storage({ directories: list })
const links = (...list: readonly Fields[]) => storage({ links: list })
const units = (...list: readonly Fields[]) => v3({ systemd: { units: list } })
const passwd = (fields: Fields) => v3({ passwd: fields })

const source = (text: string) => ({ source: `data:,${encodeURIComponent(text)}` })
const file = (path: string, more: Fields = {}) => ({ path, contents: source('x'), ...more })
const withContents = (contents: Fields) => files({ path: '/a', contents })
const inner = (config: Fields) => source(JSON.stringify(config))
const merging = (...children: readonly Fields[]) =>
  v3({}, { config: { merge: children.map(inner) } })

const refuses = (path: string) => `ignition-refuses ${path}`
const fails = (path: string) => `ignition-fails ${path}`
const notModelled = 'not-modelled '
const warns = (path: string) => `ignition-warns ${path}`

/** Configs that Ignition does not parse; its validator names no field. */
export const unparsedCases: readonly IgnitionCase[] = [
  aCase('no version', { ignition: {} }, refuses('ignition.version')),
  aCase('an unknown version', version('3.9.0'), refuses('ignition.version')),
  aCase('a version that is a number', { ignition: { version: 3 } }, refuses('ignition.version')),
  aCase(
    'a text for an integer',
    files(file('/a', { mode: '0644' })),
    refuses('storage.files.0.mode'),
  ),
  aCase(
    'a fraction for an integer',
    files(file('/a', { mode: 1.5 })),
    refuses('storage.files.0.mode'),
  ),
  aCase('an object for a list', storage({ files: {} }), refuses('storage.files')),
  aCase('a list for an object', v3({ storage: [] }), refuses('storage')),
  aCase(
    'a number for a text',
    files(file('/a', { user: { name: 0 } })),
    refuses('storage.files.0.user.name'),
  ),
  aCase(
    'a text for a boolean',
    files(file('/a', { overwrite: 'yes' })),
    refuses('storage.files.0.overwrite'),
  ),
]

/** Configs that Ignition refuses or warns about by themselves: its validator reports the same. */
export const validityCases: readonly IgnitionCase[] = [
  aCase('a negative mode', files(file('/a', { mode: -1 })), refuses('storage.files.0.mode')),
  aCase(
    'a mode of five digits',
    directories({ path: '/a', mode: 0o10000 }),
    refuses('storage.directories.0.mode'),
  ),
  aCase(
    'a mode with special bits',
    files(file('/a', { mode: 0o4755 })),
    warns('storage.files.0.mode'),
  ),
  aCase(
    'a decimal number that looks octal',
    files(file('/a', { mode: 644 })),
    warns('storage.files.0.mode'),
  ),
  aCase(
    'a mode with special bits in 3.6',
    version('3.6.0', { storage: { files: [file('/a', { mode: 0o4755 })] } }),
  ),
  aCase(
    'an id and a name',
    files(file('/a', { group: { id: 1, name: 'adm' } })),
    refuses('storage.files.0.group'),
  ),
  aCase('no path', directories({ mode: 0o755 }), refuses('storage.directories.0.path')),
  aCase('a relative path', files(file('a')), refuses('storage.files.0.path')),
  aCase('an unclean path', files(file('/a/../b')), refuses('storage.files.0.path')),
  aCase(
    'a path with a slash at its end',
    directories({ path: '/a/' }),
    refuses('storage.directories.0.path'),
  ),
  aCase('a repeated path', files(file('/a'), file('/a')), refuses('storage.files.1')),
  aCase(
    'the path of a file and a link',
    storage({ files: [file('/a')], links: [{ path: '/a', target: '/b' }] }),
    refuses('storage.links.0'),
  ),
  aCase(
    'a file below a link',
    storage({ files: [file('/a/b')], links: [{ path: '/a', target: '/c' }] }),
    refuses('storage.files.0'),
  ),
  aCase('a link without a target', links({ path: '/a' }), refuses('storage.links.0.target')),
  aCase(
    'a hard link to a directory',
    storage({ directories: [{ path: '/d' }], links: [{ path: '/a', target: '/d', hard: true }] }),
    refuses('storage.links.0'),
  ),
  aCase(
    'overwrite without a source',
    files({ path: '/a', overwrite: true }),
    refuses('storage.files.0.overwrite'),
  ),
  aCase(
    'a source without a scheme',
    withContents({ source: 'a' }),
    refuses('storage.files.0.contents.source'),
  ),
  aCase(
    'an unknown scheme',
    withContents({ source: 'ftp://x/a' }),
    refuses('storage.files.0.contents.source'),
  ),
  aCase(
    'a URL with a broken escape',
    withContents({ source: 'http://x/%zz' }),
    refuses('storage.files.0.contents.source'),
  ),
  aCase(
    'a data URL with a space',
    withContents({ source: 'data:,a b' }),
    refuses('storage.files.0.contents.source'),
  ),
  aCase(
    'gs before 3.2',
    version('3.1.0', { storage: { files: [{ path: '/a', contents: { source: 'gs://b/o' } }] } }),
    refuses('storage.files.0.contents.source'),
  ),
  aCase(
    'arn before 3.4',
    withContents({ source: 'arn:aws:s3:::b/o' }),
    refuses('storage.files.0.contents.source'),
  ),
  aCase(
    'an unknown compression',
    withContents({ ...source('x'), compression: 'xz' }),
    refuses('storage.files.0.contents.compression'),
  ),
  aCase(
    'a hash without an algorithm',
    withContents({ ...source('x'), verification: { hash: 'x' } }),
    refuses('storage.files.0.contents.verification.hash'),
  ),
  aCase(
    'an unknown algorithm',
    withContents({ ...source('x'), verification: { hash: 'md5-0' } }),
    refuses('storage.files.0.contents.verification.hash'),
  ),
  aCase(
    'a short hash',
    withContents({ ...source('x'), verification: { hash: 'sha512-0' } }),
    refuses('storage.files.0.contents.verification.hash'),
  ),
  aCase(
    'a hash without a source',
    withContents({ verification: { hash: `sha256-${'0'.repeat(64)}` } }),
    refuses('storage.files.0.contents.verification.hash'),
  ),
  aCase(
    'sha256 before 3.1',
    version('3.0.0', {
      storage: {
        files: [
          file('/a', {
            contents: { ...source('x'), verification: { hash: `sha256-${'0'.repeat(64)}` } },
          }),
        ],
      },
    }),
    refuses('storage.files.0.contents.verification.hash'),
  ),
  aCase(
    'headers of a data URL',
    withContents({ ...source('x'), httpHeaders: [{ name: 'a', value: 'b' }] }),
    refuses('storage.files.0.contents.httpHeaders'),
  ),
  aCase('a unit without a suffix', units({ name: 'a' }), refuses('systemd.units.0.name')),
  aCase(
    'a repeated unit',
    units({ name: 'a.path' }, { name: 'a.path' }),
    refuses('systemd.units.1'),
  ),
  aCase(
    'a drop-in without .conf',
    units({ name: 'a.path', dropins: [{ name: 'x' }] }),
    refuses('systemd.units.0.dropins.0.name'),
  ),
  aCase(
    'a section without an end',
    units({ name: 'a.path', contents: '[Unit' }),
    refuses('systemd.units.0.contents'),
  ),
  aCase(
    'text after a section',
    units({ name: 'a.path', contents: '[Unit] x\n' }),
    refuses('systemd.units.0.contents'),
  ),
  aCase(
    'a setting without "="',
    units({ name: 'a.path', contents: '[Unit]\na\n' }),
    refuses('systemd.units.0.contents'),
  ),
  aCase(
    'a long line',
    units({ name: 'a.path', contents: `[Unit]\na=${'b'.repeat(2100)}` }),
    refuses('systemd.units.0.contents'),
  ),
  aCase(
    'a broken drop-in',
    units({ name: 'a.path', dropins: [{ name: 'x.conf', contents: '[Unit]\na' }] }),
    refuses('systemd.units.0.dropins.0.contents'),
  ),
  aCase(
    'an enabled unit without [Install]',
    units({ name: 'a.path', enabled: true, contents: '[Unit]\na=b' }),
    warns('systemd.units.0.contents'),
  ),
  aCase(
    'a repeated user',
    passwd({ users: [{ name: 'a' }, { name: 'a' }] }),
    refuses('passwd.users.1'),
  ),
  aCase(
    'a repeated key of a user',
    passwd({ users: [{ name: 'a', sshAuthorizedKeys: ['k', 'k'] }] }),
    refuses('passwd.users.0.sshAuthorizedKeys.1'),
  ),
  aCase(
    'a merged config without a source',
    v3({}, { config: { merge: [{}] } }),
    refuses('ignition.config.merge.0'),
  ),
  aCase(
    'a proxy without http',
    v3({}, { proxy: { httpsProxy: 'x://y' } }),
    refuses('ignition.proxy.httpsProxy'),
  ),
  aCase(
    'a proxy without encryption',
    v3({}, { proxy: { httpsProxy: 'http://y' } }),
    warns('ignition.proxy.httpsProxy'),
    notModelled,
  ),
  aCase(
    'a key argument in both lists',
    v3({ kernelArguments: { shouldExist: ['a'], shouldNotExist: ['a'] } }),
    refuses('kernelArguments.shouldNotExist.0'),
  ),
  aCase(
    'a field of a later version',
    version('3.2.0', { kernelArguments: { shouldExist: ['a'] } }),
    warns('kernelArguments'),
  ),
  aCase(
    'an unused key',
    files(file('/a', { permissions: '0644' })),
    warns('storage.files.0.permissions'),
  ),
  aCase(
    'keys in another letter case',
    '{"Ignition": {"VERSION": "3.3.0"},\n "storage": {"files": [{"Path": "a"}]}}',
    warns('Ignition'),
    warns('ignition.VERSION'),
    warns('storage.files.0.Path'),
    refuses('storage.files.0.path'),
  ),
  aCase(
    'repeated keys',
    '{"ignition": {"version": "3.3.0"},\n "storage": {"files": [{"path": "a"}],\n "files": [{"path": "/a", "mode": -1}]}}',
    refuses('storage.files.0.mode'),
  ),
  aCase('a disk without a device', storage({ disks: [{}] }), refuses('storage.disks.0.device')),
  aCase(
    'partitions that overlap',
    storage({
      disks: [
        {
          device: '/dev/a',
          partitions: [
            { number: 1, startMiB: 1, sizeMiB: 9 },
            { number: 2, startMiB: 5, sizeMiB: 9 },
          ],
        },
      ],
    }),
    refuses('storage.disks.0.partitions.1'),
  ),
  aCase(
    'the label of a partition with a colon',
    storage({ disks: [{ device: '/dev/a', partitions: [{ number: 1, label: 'a:b' }] }] }),
    refuses('storage.disks.0.partitions.0.label'),
  ),
  aCase(
    'an unknown RAID level',
    storage({ raid: [{ name: 'a', level: '9', devices: ['/dev/a'] }] }),
    refuses('storage.raid.0.level'),
  ),
  aCase(
    'an unknown file system',
    storage({ filesystems: [{ device: '/dev/a', format: 'zfs' }] }),
    refuses('storage.filesystems.0.format'),
  ),
  aCase(
    'a label of 17 bytes',
    storage({ filesystems: [{ device: '/dev/a', format: 'ext4', label: 'a'.repeat(17) }] }),
    refuses('storage.filesystems.0.label'),
  ),
  aCase(
    'a LUKS device without a device',
    storage({ luks: [{ name: 'a' }] }),
    refuses('storage.luks.0.device'),
  ),
  aCase(
    'a Tang server without a thumbprint',
    storage({ luks: [{ name: 'a', device: '/dev/a', clevis: { tang: [{ url: 'http://x' }] } }] }),
    refuses('storage.luks.0.clevis.tang.0.thumbprint'),
  ),
]

/** Configs whose findings the validator of Ignition 2.14 in Debian 12 does not have. */
export const laterValidityCases: readonly IgnitionCase[] = [
  aCase(
    'an owner of a hard link',
    storage({
      files: [file('/f')],
      links: [{ path: '/a', target: '/f', hard: true, user: { id: 1 } }],
    }),
    warns('storage.links.0.user.id'),
  ),
  aCase(
    'the path of a unit',
    v3({
      storage: { files: [file('/etc/systemd/system/a.path')] },
      systemd: { units: [{ name: 'a.path', contents: '[Unit]\na=b' }] },
    }),
    refuses('storage.files.0.path'),
  ),
  aCase(
    'the path of a drop-in',
    v3({
      storage: { links: [{ path: '/etc/systemd/system/a.path.d/x.conf', target: '/a' }] },
      systemd: {
        units: [{ name: 'a.path', dropins: [{ name: 'x.conf', contents: '[Unit]\na=b' }] }],
      },
    }),
    refuses('storage.links.0.path'),
  ),
  aCase(
    'a file system over partitions',
    storage({
      disks: [{ device: '/dev/a', partitions: [{ number: 1 }] }],
      filesystems: [{ device: '/dev/a', format: 'ext4' }],
    }),
    warns('storage.filesystems.0.device'),
    notModelled,
  ),
]

const deep = (levels: number): Fields =>
  levels === 0 ? files(file('/deep')) : merging(deep(levels - 1))

/** Configs with an effect: Ignition applies them, or fails. */
export const effectCases: readonly IgnitionCase[] = [
  aCase(
    'modes and owners',
    storage({
      directories: [{ path: '/d', mode: 0o700, user: { name: 'daemon' } }],
      files: [
        file('/d/f', { mode: 0o600, group: { id: 4711 } }),
        file('/d/g', { user: { name: '' } }),
      ],
      links: [{ path: '/d/l', target: 'f', user: { id: 4711 } }],
    }),
    'unknown-owner storage.directories.0.user.name',
  ),
  aCase(
    'a link to a file of another user',
    storage({
      files: [file('/d/f', { user: { id: 4711 } })],
      links: [
        { path: '/d/l', target: 'f' },
        { path: '/d/m', target: 'f', user: { id: 0 } },
      ],
    }),
  ),
  aCase(
    'special bits of a mode',
    files(file('/a', { mode: 0o4755 })),
    warns('storage.files.0.mode'),
  ),
  aCase(
    'the mode 0, and no contents',
    files(file('/a', { mode: 0 }), { path: '/b' }),
    'unknown-content storage.files.1',
  ),
  aCase('a media type with a comma', withContents({ source: 'data:text/plain;charset="a,b",x' })),
  aCase(
    'compressed contents',
    withContents({
      source: `data:;base64,${gzipSync('hi').toString('base64')}`,
      compression: 'gzip',
    }),
  ),
  aCase('appended contents', files(file('/a', { append: [source('y'), source('z')] }))),
  aCase(
    'an empty drop-in',
    units({ name: 'a.service', dropins: [{ name: 'x.conf', contents: '' }, { name: 'y.conf' }] }),
  ),
  aCase(
    'a drop-in of a masked unit',
    units({
      name: 'a.service',
      mask: true,
      contents: '[Unit]\na=b',
      dropins: [{ name: 'x.conf', contents: '[Unit]\na=b' }],
    }),
  ),
  aCase(
    'a unit that is not masked',
    v3({
      storage: { links: [{ path: '/etc/systemd/system/a.service', target: '/dev/null' }] },
      systemd: { units: [{ name: 'a.service', mask: false }] },
    }),
  ),
  aCase('`..` in the name of a unit', units({ name: '../x/a.service', contents: '[Unit]\na=b' })),
  aCase(
    'keys in another letter case',
    '{"ignition": {"version": "3.3.0"}, "STORAGE": {"Files": [{"Path": "/a", "Contents": {"Source": "data:,x"}}]}}',
    warns('STORAGE'),
    warns('storage.Files'),
    warns('storage.files.0.Path'),
    warns('storage.files.0.Contents'),
    warns('storage.files.0.contents.Source'),
  ),
  aCase(
    'repeated keys',
    '{"ignition": {"version": "3.3.0"}, "storage": {"files": [{"path": "/a", "mode": 384, "contents": {"source": "data:,x"}}], "files": [{"path": "/b"}]}}',
  ),
  aCase(
    'null',
    '{"ignition": {"version": "3.3.0"}, "storage": {"files": [{"path": "/a", "mode": 384, "mode": null, "contents": {"source": "data:,x"}}], "links": null}}',
  ),
  aCase(
    'a hard link to a link',
    storage({
      files: [file('/f')],
      links: [
        { path: '/l', target: '/f' },
        { path: '/h', target: '/l', hard: true },
      ],
    }),
  ),
  aCase(
    'a relative hard link',
    storage({ files: [file('/d/f')], links: [{ path: '/d/h', target: 'd/f', hard: true }] }),
  ),
  aCase(
    'a unit over a file of another config',
    merging(
      files(file('/etc/systemd/system/b.path')),
      units({ name: 'a.path', contents: '[Unit]\na=b' }),
    ),
  ),
  aCase('configs nine deep', deep(9)),
  aCase(
    'a replacing config',
    v3({ storage: { files: [file('/a')] } }, { config: { replace: inner(files(file('/b'))) } }),
  ),
  aCase(
    'a merged file over a link',
    v3(
      { storage: { links: [{ path: '/a', target: '/b' }] } },
      { config: { merge: [inner(files(file('/a')))] } },
    ),
  ),
  aCase(
    'an invalid merged config',
    merging(files(file('a'))),
    refuses('ignition.config.merge.0.storage.files.0.path'),
  ),
  aCase(
    'configs that are invalid when merged',
    merging(files(file('/a/b')), links({ path: '/a', target: '/c' })),
    refuses('storage.files.0'),
  ),
  aCase(
    'a merged config that is broken JSON',
    v3({}, { config: { merge: [source('{')] } }),
    'broken-json ignition.config.merge.0',
  ),
  aCase('broken JSON', '{"ignition": {"version": "3.3.0"},}', 'broken-json '),
  aCase('a file below a file', files(file('/a'), file('/a/b')), fails('storage.files.1')),
  aCase(
    'a file over a directory',
    storage({ files: [file('/a')], directories: [{ path: '/a/b' }] }),
    fails('storage.directories.0'),
  ),
  aCase(
    'a wrong hash',
    withContents({ ...source('x'), verification: { hash: `sha512-${'0'.repeat(128)}` } }),
    'hash-mismatch storage.files.0.contents',
  ),
  aCase(
    'contents that are not compressed',
    withContents({ ...source('x'), compression: 'gzip' }),
    fails('storage.files.0.contents'),
  ),
  aCase(
    'an empty merged config',
    v3({}, { config: { merge: [{ source: 'data:,' }] } }),
    'broken-json ignition.config.merge.0',
  ),
]
