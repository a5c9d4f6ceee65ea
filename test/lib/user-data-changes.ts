/** User-data with secrets, and the changes of it that a diff must show. */
import type { Change, Config, Draw, Value } from './config-pairs.ts'
import {
  argumentLists,
  commands,
  netrc,
  passwordHash,
  privateKey,
  unit,
} from './planted-secrets.ts'

const script = (secret: () => string) =>
  `#!/bin/sh\n${commands.map(command => command(secret())).join('\n')}\n`
const yaml = (secret: () => string) =>
  `user: site\nvalue: ${secret()}\nseeds:\n- ${secret()}${secret()}\nport: 1\n`
const file = (path: string, content: string, fields: Config = {}): Config => ({
  path,
  content,
  ...fields,
})

/** A config with every kind of secret. */
export function userDataConfig({ word, secret }: Draw): Config {
  return {
    hostname: word(),
    timezone: 'Europe/Rome',
    locale: '{{ v1.region }}',
    users: [
      {
        name: 'ops',
        shell: '/bin/sh',
        passwd: passwordHash(secret()),
        groups: 'adm',
        ssh_authorized_keys: [`ssh-ed25519 AAAA${word()}`],
      },
      { name: 'dev', plain_text_passwd: secret(), lock_passwd: false },
    ],
    password: secret(),
    chpasswd: {
      list: `ops:${secret()}\ndev:${passwordHash(secret())}\n`,
      users: [{ name: 'ops', password: secret() }],
    },
    ssh_keys: { rsa_private: privateKey(secret()), rsa_public: `ssh-rsa AAAA${word()}` },
    write_files: [
      file('/etc/site.conf', 'port = 1\nname = site\n', { permissions: '0644' }),
      file('/etc/order', 'a\nb\n'),
      file('/etc/site.secret', `line of ${secret()}\n`, { permissions: '0600' }),
      file('/etc/site.group', `line of ${secret()}\n`, { permissions: '0640', owner: 'root:adm' }),
      file('/root/.netrc', netrc(secret)),
      file('/etc/site.json', JSON.stringify({ token: secret() }), { permissions: '0600' }),
      file('/etc/site.yaml', yaml(secret), { permissions: '0600' }),
      file('/etc/env', `A=1\nSITE_PASSWORD=${secret()}\n`, { append: true }),
      file('/etc/shadow.more', `${secret()}\n`, { append: true, permissions: '0600' }),
      file('/usr/local/bin/site', script(secret), { permissions: '0755' }),
      file('/etc/systemd/system/site.service', unit(secret)),
      file('/etc/key.pem', privateKey(secret())),
      {
        path: '/etc/remote',
        source: {
          uri: `https://site:${secret()}@example.org/x`,
          headers: { Authorization: `Basic ${secret()}`, 'X-Site': secret() },
        },
      },
    ],
    apt: { sources: { site: { source: `deb https://site:${secret()}@example.org/ stable main` } } },
    rh_subscription: { username: 'site', password: secret(), 'activation-key': secret() },
    ubuntu_advantage: { token: secret() },
    wireguard: {
      interfaces: [{ name: 'wg0', content: `[Interface]\nPrivateKey = ${secret()}\nMTU = 1\n` }],
    },
    salt_minion: { private_key: privateKey(secret()), conf: { master: 'salt' } },
    chef: { validation_key: privateKey(secret()) },
    mounts: [['//10.0.0.1/site', '/mnt', 'cifs', `username=site,password=${secret()}`]],
    phone_home: { url: `https://example.org/?token=${secret()}`, post: 'all' },
    power_state: { mode: 'reboot' },
    packages: ['curl', 'jq'],
    ntp: { servers: ['10.0.0.1', '10.0.0.2'] },
    runcmd: [
      ...commands.map(command => command(secret())),
      ...argumentLists.map(list => list(secret())),
      'echo hello',
      'systemctl enable --now site.service',
    ],
    bootcmd: ['modprobe overlay'],
  }
}

const netrcOf = (_: unknown, { secret }: Draw) => netrc(secret)
const keyOf = (_: unknown, { secret }: Draw) => privateKey(secret())
const hashOf = (_: unknown, { secret }: Draw) => passwordHash(secret())
const secretOf = (_: unknown, { secret }: Draw) => secret()
const yamlOf = (_: unknown, { secret }: Draw) => yaml(secret)
const jsonOf = (_: unknown, { secret }: Draw) => JSON.stringify({ token: secret() })
const scriptOf = (_: unknown, { secret }: Draw) => script(secret)
const unitOf = (_: unknown, { secret }: Draw) => unit(secret)
const reversed = (value: Value | undefined) => [...(value as readonly Value[])].reverse()

/** Each change of the config, and how a diff shows it. */
export const userDataChanges: readonly Change[] = [
  ['the host name', 'hostname', 'otherhost', /"hostname"/, /\+otherhost/],
  ['the full host name', 'fqdn', 'other.example.org', /\+other\.example\.org/],
  ['the time zone', 'timezone', 'Europe/Oslo', /-Europe\/Rome\n\+Europe\/Oslo/],
  ['a new user', 'users +', { name: 'eve' }, /\+eve/],
  ['a removed user', 'users dev', undefined, /-dev/],
  ['the shell of a user', 'users ops shell', '/bin/zsh', /-shell: \/bin\/sh\n\+shell: \/bin\/zsh/],
  ['the groups of a user', 'users ops groups', 'adm,docker', /\+groups: adm,docker/],
  ['the rights of a user', 'users ops sudo', 'ALL=(ALL) NOPASSWD:ALL', /\+sudo: ALL/],
  ['the lock of a password', 'users dev lock_passwd', true, /\+lock_passwd: true/],
  ['a password hash', 'users ops passwd', hashOf, /passwd: .*\(after\)/],
  ['a password', 'users dev plain_text_passwd', secretOf, /plain_text_passwd: .*\(after\)/],
  ['a key', 'users ops ssh_authorized_keys 0', 'ssh-rsa AAAAx', /\+ops: ssh-rsa AAAAx/],
  ['a list of passwords', 'chpasswd list', hashOf, /chpasswd/, /\(after\)/],
  ['a password in a list', 'chpasswd users ops password', secretOf, /chpasswd/, /\(after\)/],
  ['the default user’s password', 'password', secretOf, /"password"/, /\(after\)/],
  ['a private host key', 'ssh_keys rsa_private', keyOf, /ssh_keys/, /\(after\)/],
  ['a public host key', 'ssh_keys rsa_public', 'ssh-rsa AAAAx', /\+rsa_public: ssh-rsa AAAAx/],
  ['a mode', 'write_files /etc/site.conf permissions', '0640', /new mode 0640/],
  ['a sticky bit', 'write_files /usr/local/bin/site permissions', '1755', /new mode 1755/],
  ['an owner', 'write_files /etc/site.conf owner', 'root:adm', /new owner root:adm/],
  ['a content', 'write_files /etc/order content', 'a\nc\n', /-b\n\+c/],
  ['an order of lines', 'write_files /etc/order content', 'b\na\n', /diff \/etc\/order/],
  ['only line ends', 'write_files /etc/order content', 'a\r\nb\r\n', /-a\n-b\n\+a␍\n\+b␍/],
  ['the last line end', 'write_files /etc/order content', 'a\nb', /No newline/],
  ['an empty line', 'write_files /etc/order content', 'a\n\nb\n', /\n\+\n/],
  ['a blank at a line end', 'write_files /etc/order content', 'a \nb\n', /-a\n\+a \n/],
  ['a tab for a blank', 'write_files /etc/order content', 'a\t\nb\n', /-a\n\+a\t\n/],
  ['a byte order mark', 'write_files /etc/order content', '\ufeffa\nb\n', /\+\ufffda\n/],
  ['an invisible character', 'write_files /etc/order content', 'a\u200b\nb\n', /\+a\ufffd\n/],
  ['binary content', 'write_files /etc/order content', '\0', /bytes after/],
  ['a secret file', 'write_files /etc/site.secret content', secretOf, /secret/, /\(after\)/],
  ['a file of a group', 'write_files /etc/site.group content', secretOf, /group/, /\(after\)/],
  ['a secret in JSON', 'write_files /etc/site.json content', jsonOf, /json/, /\(after\)/],
  ['a secret in YAML', 'write_files /etc/site.yaml content', yamlOf, /yaml/, /\(after\)/],
  ['netrc', 'write_files /root/.netrc content', netrcOf, /\.netrc/, /\(after\)/],
  ['an encoding', 'write_files /etc/order encoding', 'b64', /diff \/etc\/order/],
  ['append against whole', 'write_files /etc/order append', true, /\/etc\/order/, /append: true/],
  ['whole against append', 'write_files /etc/env append', false, /\+\+\+ b\/etc\/env/],
  ['appended content', 'write_files /etc/env content', 'A=2\n', /\/etc\/env/, /\+.*A=2/],
  ['a secret appended', 'write_files /etc/shadow.more content', secretOf, /shadow/, /\(after\)/],
  ['a deferred file', 'write_files /etc/order defer', true, /\/etc\/order/, /\+defer: true/],
  ['a new file', 'write_files +', { path: '/etc/new', content: 'x\n' }, /\/etc\/new/, /\+x/],
  ['a removed file', 'write_files /etc/order', undefined, /deleted file/],
  ['another path', 'write_files /etc/order path', '/etc/o', /deleted file/, /diff \/etc\/o\n/],
  ['a remote source', 'write_files /etc/remote source uri', 'http://x/y', /\+.*http:\/\/x\/y/],
  ['a header', 'write_files /etc/remote source headers X-Site', secretOf, /X-Site: .*\(after\)/],
  ['secrets in a script', 'write_files /usr/local/bin/site content', scriptOf, /bin\/site/],
  ['a unit', 'write_files /etc/systemd/system/site.service content', unitOf, /site\.service/],
  ['a private key', 'write_files /etc/key.pem content', keyOf, /key\.pem/, /\(after\)/],
  ['a package source', 'apt sources site source', 'deb http://x/ a b', /\+.*deb http:\/\/x\/ a b/],
  ['a subscription password', 'rh_subscription password', secretOf, /rh_subscription/],
  ['a subscription key', 'rh_subscription activation-key', secretOf, /activation-key: .*\(after\)/],
  ['a token', 'ubuntu_advantage token', secretOf, /token: .*\(after\)/],
  ['a WireGuard interface', 'wireguard interfaces wg0 name', 'wg1', /\+.*name: wg1/],
  ['a Salt key', 'salt_minion private_key', keyOf, /salt_minion/, /\(after\)/],
  ['a Salt master', 'salt_minion conf master', 'other', /\+ {2}master: other/],
  ['a Chef key', 'chef validation_key', keyOf, /chef/, /\(after\)/],
  ['a mount point', 'mounts 0 1', '/srv', /\+.*\/srv/],
  [
    'a mount password',
    'mounts 0 3',
    (_, { secret }) => `password=${secret()}`,
    /mounts/,
    /\(after\)/,
  ],
  ['a URL', 'phone_home url', (_, { secret }) => `http://x/?token=${secret()}`, /phone_home/],
  ['the power state', 'power_state mode', 'poweroff', /-mode: reboot\n\+mode: poweroff/],
  ['a package', 'packages +', 'git', /\+- git/],
  ['an order of packages', 'packages', reversed, /"packages"/, /[-+]- curl/],
  ['an order of servers', 'ntp servers', reversed, /"ntp"/, /[-+] {2}- 10\.0\.0\.1/],
  ['a command', 'runcmd +', 'echo other', /\+- echo other/],
  ['an argument', 'runcmd +', ['touch', '/x'], /\+- \["touch", "\/x"\]/],
  ['a removed command', 'runcmd 0', undefined, /-- curl/],
  ['an order of commands', 'runcmd', reversed, /"runcmd"/, /[-+]- echo hello/],
  ['a secret of a command', 'runcmd 0', (_, d) => commands[0]?.(d.secret()) ?? '', /\(after\)/],
  ['a list as a command', 'runcmd 0', ['true'], /\+- \["true"\]/],
  ['a started unit', 'runcmd +', 'systemctl start a.service', /\+- systemctl start a\.service/],
  ['an enabled unit', 'runcmd +', 'systemctl enable a.service', /\+.*enable a\.service/],
  ['a disabled unit', 'runcmd +', 'systemctl disable site.service', /\+.*disable site\.service/],
  ['a masked unit', 'runcmd +', 'systemctl mask site.service', /\+.*mask site\.service/],
  ['a stopped unit', 'runcmd +', ['systemctl', 'stop', 'site.service'], /\+.*"stop"/],
  ['a boot command', 'bootcmd +', 'modprobe br_netfilter', /\+- modprobe br_netfilter/],
  ['a script', 'part', '#!/bin/sh\necho other\n', /\+echo other/],
  ['a later part', 'part', '#cloud-config\nkeyboard: {layout: it}\n', /\+layout: it/],
  ['a list of a later part', 'part', '#cloud-config\npackages: [vim]\n', /\+- vim/],
  ['a template', 'template', true, /template/, /\+.*v1\.region/],
  ['an expression', 'locale', '{{ v1.zone }}', /-.*v1\.region.*\n\+.*v1\.zone/],
  ['an unknown key', 'colour', 'red', /"colour"/, /\+red/],
]
