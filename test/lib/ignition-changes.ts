/** An Ignition config with secrets, and the changes of it that a diff must show. */
import type { Change, Config, Draw, Value } from './config-pairs.ts'
import { commands, netrc, passwordHash, unit } from './planted-secrets.ts'

const dataUrl = (text: string) => `data:;base64,${Buffer.from(text).toString('base64')}`
const script = (secret: () => string) =>
  dataUrl(`#!/bin/sh\n${commands.map(command => command(secret())).join('\n')}\n`)
const file = (path: string, text: string, fields: Config = {}): Config => ({
  path,
  contents: { source: text.startsWith('data:') ? text : dataUrl(text) },
  ...fields,
})

/** A config with every kind of secret. */
export function ignitionConfig({ word, secret }: Draw): Config {
  return {
    ignition: {
      version: '3.3.0',
      timeouts: { httpTotal: 30 },
      proxy: { httpProxy: `http://site:${secret()}@10.0.0.1:3128` },
      security: {
        tls: {
          certificateAuthorities: [
            {
              source: 'https://example.org/ca.pem',
              verification: { hash: `sha512-${'a'.repeat(128)}` },
            },
          ],
        },
      },
    },
    kernelArguments: { shouldExist: ['quiet', 'panic=1'] },
    passwd: {
      users: [
        {
          name: 'core',
          passwordHash: passwordHash(secret()),
          sshAuthorizedKeys: [`ssh-ed25519 AAAA${word()}`],
          shell: '/bin/sh',
          groups: ['adm'],
        },
        { name: 'dev', uid: 1500 },
      ],
      groups: [{ name: 'site', gid: 1600, passwordHash: passwordHash(secret()) }],
    },
    storage: {
      disks: [{ device: '/dev/vdb', partitions: [{ label: 'data', number: 1, sizeMiB: 100 }] }],
      filesystems: [{ device: '/dev/disk/by-partlabel/data', format: 'ext4', path: '/srv' }],
      luks: [{ name: 'data', device: '/dev/vdc', keyFile: { source: dataUrl(secret()) } }],
      raid: [{ name: 'md0', level: 'raid1', devices: ['/dev/vdd', '/dev/vde'] }],
      directories: [{ path: '/etc/site.d', mode: 0o755 }],
      links: [
        { path: '/etc/site.link', target: '/etc/site.conf' },
        { path: '/etc/site.hard', target: '/etc/site.conf', hard: true },
      ],
      files: [
        file('/etc/site.conf', 'port = 1\nname = site\n', { mode: 0o644 }),
        file('/etc/order', 'a\nb\n'),
        file('/etc/site.secret', `line of ${secret()}\n`, { mode: 0o600 }),
        file('/etc/site.group', `line of ${secret()}\n`, { mode: 0o640, group: { name: 'adm' } }),
        file('/root/.netrc', netrc(secret)),
        { path: '/etc/env', append: [{ source: dataUrl(`A=1\nSITE_PASSWORD=${secret()}\n`) }] },
        { path: '/etc/shadow.more', mode: 0o600, append: [{ source: dataUrl(secret()) }] },
        {
          path: '/etc/remote',
          contents: {
            source: `https://site:${secret()}@example.org/x`,
            verification: { hash: `sha256-${'a'.repeat(64)}` },
            httpHeaders: [
              { name: 'Authorization', value: `Basic ${secret()}` },
              { name: 'X-Site', value: secret() },
            ],
          },
        },
        file('/usr/local/bin/site', script(secret), { mode: 0o755 }),
      ],
    },
    systemd: {
      units: [
        { name: 'site.service', enabled: true, contents: unit(secret) },
        {
          name: 'other.service',
          dropins: [{ name: '10-a.conf', contents: '[Service]\nRestart=no\n' }],
        },
        { name: 'off.service', enabled: false },
        { name: 'masked.service', mask: true },
      ],
    },
  }
}

const hashOf = (_: unknown, { secret }: Draw) => passwordHash(secret())
const secretUrl = (_: unknown, { secret }: Draw) => dataUrl(secret())
const secretOf = (_: unknown, { secret }: Draw) => secret()
const netrcUrl = (_: unknown, { secret }: Draw) => dataUrl(netrc(secret))
const scriptUrl = (_: unknown, { secret }: Draw) => script(secret)
const unitOf = (_: unknown, { secret }: Draw) => unit(secret)
const reversed = (value: Value | undefined) => [...(value as readonly Value[])].reverse()
const appended = (value: Value | undefined): Config => {
  const { contents, ...rest } = value as Config
  return { ...rest, append: [contents ?? {}] }
}
const merging = (text: string) => ({ merge: [{ source: dataUrl(text) }] })
const fetching = (_: unknown, { secret }: Draw) => ({
  merge: [{ source: `https://site:${secret()}@example.org/more.ign` }],
})
const order = 'storage files /etc/order contents source'

/** Each change of the config, and how a diff shows it. */
export const ignitionChanges: readonly Change[] = [
  ['the version', 'ignition version', '3.4.0', /-3\.3\.0\n\+3\.4\.0/],
  ['a timeout', 'ignition timeouts httpTotal', 60, /timeouts/, /\+httpTotal: 60/],
  ['a proxy', 'ignition proxy noProxy', ['10.0.0.0/8'], /proxy/, /\+.*10\.0\.0\.0\/8/],
  ['another CA', 'ignition security tls certificateAuthorities 0 source', 'data:,x', /data:,x/],
  ['a kernel argument', 'kernelArguments shouldExist +', 'splash', /\+.*splash/],
  [
    'an order of arguments',
    'kernelArguments shouldExist',
    reversed,
    /kernelArguments/,
    /[-+].*quiet/,
  ],
  ['a new user', 'passwd users +', { name: 'eve' }, /\+eve/],
  ['a removed user', 'passwd users dev shouldExist', false, /-dev/, /\+shouldExist: false/],
  ['another', 'passwd users +', { name: 'eve', shouldExist: false }, /eve/, /shouldExist/],
  ['the shell of a user', 'passwd users core shell', '/bin/zsh', /-\/bin\/sh\n\+\/bin\/zsh/],
  ['the groups of a user', 'passwd users core groups +', 'docker', /\+- docker/],
  ['the number of a user', 'passwd users dev uid', 1501, /-1500\n\+1501/],
  ['a password hash', 'passwd users core passwordHash', hashOf, /passwordHash/, /\(after\)/],
  ['a key', 'passwd users core sshAuthorizedKeys 0', 'ssh-rsa AAAAx', /\+core: ssh-rsa AAAAx/],
  ['the number of a group', 'passwd groups site gid', 1601, /-.*1600\n\+.*1601/],
  ['a group password', 'passwd groups site passwordHash', hashOf, /groups/, /\(after\)/],
  ['a partition', 'storage disks 0 partitions 0 sizeMiB', 200, /-.*100\n\+.*200/],
  ['a file system', 'storage filesystems 0 format', 'xfs', /-.*ext4\n\+.*xfs/],
  ['a key of a volume', 'storage luks data keyFile source', secretUrl, /luks/, /\(after\)/],
  ['a volume', 'storage luks data device', '/dev/vdf', /-.*vdc\n\+.*vdf/],
  ['a RAID', 'storage raid md0 level', 'raid0', /-.*raid1\n\+.*raid0/],
  ['a mode', 'storage files /etc/site.conf mode', 0o640, /new mode 0640/],
  ['the mode of a folder', 'storage directories 0 mode', 0o700, /new mode 0700/],
  ['an owner', 'storage files /etc/site.conf user', { name: 'core' }, /new owner core:root/],
  ['a number', 'storage files /etc/site.conf group', { id: 1600 }, /new owner root:1600/],
  ['a content', order, dataUrl('a\nc\n'), /-b\n\+c/],
  ['an order of lines', order, dataUrl('b\na\n'), /diff \/etc\/order/],
  ['only line ends', order, dataUrl('a\r\nb\r\n'), /\+a␍\n\+b␍/],
  ['the last line end', order, dataUrl('a\nb'), /No newline/],
  ['binary content', order, dataUrl('\0'), /bytes after/],
  ['a secret file', 'storage files /etc/site.secret contents source', secretUrl, /\(after\)/],
  ['a file of a group', 'storage files /etc/site.group contents source', secretUrl, /\(after\)/],
  ['netrc', 'storage files /root/.netrc contents source', netrcUrl, /netrc/, /\(after\)/],
  ['append against whole', 'storage files /etc/order', appended, /\/etc\/order/, /append/],
  ['appended content', 'storage files /etc/env append +', { source: 'data:,A=2' }, /\/etc\/env/],
  ['a secret appended', 'storage files /etc/shadow.more append 0 source', secretUrl, /shadow/],
  ['overwrite', 'storage files /etc/order overwrite', true, /\+overwrite: true/],
  ['a new file', 'storage files +', file('/etc/new', 'x\n'), /diff \/etc\/new/, /\+x/],
  ['a removed file', 'storage files /etc/order', undefined, /deleted file/],
  ['another path', 'storage files /etc/order path', '/etc/o', /deleted file/, /diff \/etc\/o\n/],
  [
    'a remote source',
    'storage files /etc/remote contents source',
    'http://x/y',
    /\+.*http:\/\/x\/y/,
  ],
  [
    'the hash of a remote source',
    'storage files /etc/remote contents verification hash',
    `sha256-${'b'.repeat(64)}`,
    /-.*sha256-a+\n\+.*sha256-b+/,
  ],
  [
    'a header',
    'storage files /etc/remote contents httpHeaders X-Site value',
    secretOf,
    /\(after\)/,
  ],
  ['a compression', 'storage files /etc/remote contents compression', 'gzip', /\+.*gzip/],
  ['the target of a link', 'storage links 0 target', '/etc/order', /new target \/etc\/order/],
  ['a soft link', 'storage links 1 hard', false, /diff \/etc\/site\.hard/, /hard/],
  ['a hard link', 'storage links 0 hard', true, /diff \/etc\/site\.link/, /hard/],
  ['the owner of a link', 'storage links 0 user', { name: 'core' }, /new owner core:root/],
  ['a removed link', 'storage links 0', undefined, /deleted link/],
  [
    'secrets in a script',
    'storage files /usr/local/bin/site contents source',
    scriptUrl,
    /\(after\)/,
  ],
  ['a disabled unit', 'systemd units site.service enabled', false, /-site\.service/],
  ['an unset preset', 'systemd units off.service enabled', undefined, /off\.service/],
  ['an enabled unit', 'systemd units off.service enabled', true, /\+off\.service/],
  ['a masked unit', 'systemd units other.service mask', true, /other\.service/, /\/dev\/null/],
  ['an unmasked unit', 'systemd units masked.service mask', false, /masked\.service/],
  ['a unit', 'systemd units site.service contents', unitOf, /site\.service/, /\(after\)/],
  [
    'a drop-in',
    'systemd units other.service dropins 10-a.conf contents',
    '[Service]\nRestart=always\n',
    /-Restart=no\n\+Restart=always/,
  ],
  ['a removed drop-in', 'systemd units other.service dropins 0', undefined, /10-a\.conf/],
  [
    'a merged config',
    'ignition config',
    merging('{"ignition":{"version":"3.3.0"},"storage":{"directories":[{"path":"/etc/new"}]}}'),
    /diff \/etc\/new/,
  ],
  ['a remote config', 'ignition config', fetching, /example\.org\/more\.ign/],
]
