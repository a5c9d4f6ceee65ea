import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { schema } from '../lib/stages.ts'
import { cluster, folderWith, genNode, program, startGenNode, worker } from './gen-node.ts'

describe('inspect', () => {
  it('lists the same tree for user-data and Ignition', () => {
    const list = (...more: string[]) =>
      JSON.parse(
        genNode(['inspect', '-', '--json'], { input: genNode([...worker, ...more]).stdout }).stdout,
      )
    const tree = list()
    expect(list('-f', 'ignition')).toEqual(tree)
    const further = tree.findIndex((entry: { path?: string }) => entry.path === undefined)
    const paths = tree.slice(0, further).map((entry: { path: string }) => entry.path)
    expect(paths).toEqual([...paths].sort())
    expect(tree.slice(further)).toEqual([
      { kind: 'unit', name: 'gen-node-bootstrap.service', enabled: true },
    ])
    expect(Object.keys(tree[0])).toEqual([
      'path',
      'kind',
      'mode',
      'owner',
      'size',
      'sha256',
      'target',
    ])
  })

  it('decompresses user-data, and prints the bytes of one file', () => {
    const packed = gzipSync(genNode(worker).stdout)
    const path = '/etc/k0s/containerd.d/certs.d/quay.io/hosts.toml'
    const { stdout } = genNode(['inspect', '-', '--path', path], { input: packed })
    expect(stdout).toMatch(/^server = "https:\/\/quay\.io"\n/)
    expect(genNode(['inspect', '-', '--path', '/none'], { input: packed }).code).toBe(1)
  })

  it('prints units and users to stdout', () => {
    const input = '#cloud-config\nusers: [{name: ops}]\nruncmd: [systemctl enable a.service]\n'
    const ran = genNode(['inspect', '-', '-q'], { input })
    expect(ran.stdout).toBe('enabled: a.service\nusers: ops (0 keys)\n')
  })

  it('writes control characters of a file to a pipe, and symbols for them to a terminal', () => {
    const cwd = folderWith({
      'user-data': '#cloud-config\nwrite_files: [{path: /a, content: "x\\e[2J\\r\\ny\\n"}]\n',
    })
    const args = ['inspect', 'user-data', '--path', '/a']
    expect(genNode(args, { cwd }).stdout).toBe('x\x1b[2J\r\ny\n')
    const command = [process.execPath, program, ...args].join(' ')
    const ran = spawnSync('script', ['-qec', command, '/dev/null'], { cwd, encoding: 'utf8' })
    // The terminal adds a carriage return to each line.
    expect(ran.stdout).toBe('x␛[2J␍\r\ny\r\n')
  })

  it.each(['', ' \n\t\n'])('reports the empty config %j', input => {
    const ran = genNode(['inspect', '-'], { input })
    expect([ran.code, ran.stdout]).toEqual([1, ''])
  })

  it('reports unknown content, and lists nothing', () => {
    const ran = genNode(['inspect', '-'], { input: new Uint8Array([1, 2, 3, 0, 255]) })
    expect(ran.stdout).toBe('')
    expect(ran.stderr).toContain('[inspect/')
    expect(genNode(['inspect', '-', '--strict'], { input: '\x01' }).code).toBe(1)
  })
})

describe('inspect --extract', () => {
  const ignition = (...files: object[]) =>
    JSON.stringify({ ignition: { version: '3.3.0' }, storage: { files } })
  const file = (path: string) => ({ path, mode: 0o640, contents: { source: 'data:,hello' } })

  it('writes the files with their modes', () => {
    const cwd = folderWith({ 'a.ign': ignition(file('/etc/app/a')) })
    expect(genNode(['inspect', 'a.ign', '--extract', 'tree'], { cwd }).code).toBe(0)
    expect(readFileSync(join(cwd, 'tree/etc/app/a'), 'utf8')).toBe('hello')
    expect(statSync(join(cwd, 'tree/etc/app/a')).mode & 0o777).toBe(0o640)
  })

  it('refuses a folder that is not empty, except with --force', () => {
    const cwd = folderWith({ 'a.ign': ignition(file('/a')), 'tree/mine': '' })
    const ran = genNode(['inspect', 'a.ign', '--extract', 'tree'], { cwd })
    expect(ran.code).toBe(1)
    expect(readdirSync(join(cwd, 'tree'))).toEqual(['mine'])
    expect(genNode(['inspect', 'a.ign', '--extract', 'tree', '--force'], { cwd }).code).toBe(0)
    expect(readdirSync(join(cwd, 'tree')).sort()).toEqual(['a', 'mine'])
  })

  it('writes into the folder only, for paths with ..', () => {
    const cwd = folderWith({ 'a.ign': ignition(file('/../escaped')) })
    const refused = genNode(['inspect', 'a.ign', '--extract', 'tree'], { cwd })
    expect([refused.code, existsSync(join(cwd, 'tree'))]).toEqual([1, false])
    const written = { code: 0, stdout: '', stderr: '' }
    const cloud =
      '#cloud-config\nwrite_files:\n  - {path: /../escaped, content: x}\n  - {path: ../../escaped, content: x}\n'
    const ran = genNode(['inspect', '-', '--extract', 'tree2'], { cwd, input: cloud })
    expect(ran).toEqual(written)
    expect(readdirSync(join(cwd, 'tree2'))).toEqual(['escaped'])
    expect(existsSync(join(cwd, 'escaped')) || existsSync(join(cwd, '../escaped'))).toBe(false)
  })

  it('never writes through a link, neither of the config nor of the folder', () => {
    const links = JSON.stringify({
      ignition: { version: '3.3.0' },
      storage: {
        links: [{ path: '/out', target: '/tmp' }],
        files: [file('/out/escaped-gen-node')],
      },
    })
    const cwd = folderWith({
      'own.ign': links,
      'existing.ign': ignition(file('/out/escaped')),
      'tree/x': '',
      'away/x': '',
    })
    expect(genNode(['inspect', 'own.ign', '--extract', 'fresh'], { cwd }).code).toBe(1)
    expect(existsSync('/tmp/escaped-gen-node')).toBe(false)
    symlinkSync('../away', join(cwd, 'tree/out'))
    expect(genNode(['inspect', 'existing.ign', '--extract', 'tree', '--force'], { cwd }).code).toBe(
      1,
    )
    expect(existsSync(join(cwd, 'away/escaped'))).toBe(false)
  })

  it('writes links as links', () => {
    const links = JSON.stringify({
      ignition: { version: '3.3.0' },
      storage: { links: [{ path: '/etc/localtime', target: '../usr/share/zoneinfo/UTC' }] },
    })
    const cwd = folderWith({ 'a.ign': links })
    expect(genNode(['inspect', 'a.ign', '--extract', 'tree'], { cwd }).code).toBe(0)
    expect(readlinkSync(join(cwd, 'tree/etc/localtime'))).toBe('../usr/share/zoneinfo/UTC')
  })
})

describe('diff', () => {
  const spec = (password: string, content: string, more = '') => `apiVersion: gen-node/v1
bootstrap: 192.168.1.10
mirrors:
  - {host: quay.io, endpoints: ["http://192.168.1.10:5000"], auth: {username: site, password: {file: ${password}}}}
nodes:
  - name: w1
    role: worker${more}
    files: [{path: /etc/app.env, file: ${content}, secret: true}]
`
  const cwd = folderWith({
    p1: 'first-password',
    p2: 'second-password',
    c1: 'KEY=first-content',
    c2: 'KEY=second-content',
    'a.yaml': spec('p1', 'c1'),
    'b.yaml': spec('p2', 'c2', '\n    labels: {zone: b}'),
  })
  for (const name of ['a', 'b']) genNode([`${name}.yaml`, '-q', '-o', `${name}.ud`], { cwd })

  it('prints nothing for equal trees in different formats', () => {
    genNode(['a.yaml', '-q', '-o', 'a.ign'], { cwd })
    expect(genNode(['diff', 'a.ud', 'a.ign'], { cwd })).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('shows that a secret changed, without its value', () => {
    const { code, stdout, stderr } = genNode(['diff', 'a.ud', 'b.ud'], { cwd })
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' })
    expect(stdout).toContain('Authorization = *** (before)')
    expect(stdout).toContain('+*** (after)')
    expect(stdout).toContain('+set -- k0s install worker')
    for (const secret of [
      'first-',
      'second-',
      Buffer.from('site:second-password').toString('base64'),
    ]) {
      expect(stdout).not.toContain(secret)
    }
    const digests = JSON.parse(genNode(['inspect', 'b.ud', '--json'], { cwd }).stdout)
      .filter((entry: { mode: string }) => entry.mode === '0600')
      .map((entry: { sha256: string }) => entry.sha256)
    for (const digest of digests) expect(stdout).not.toContain(digest)
  })

  it('shows modes, units and users', () => {
    const config = (mode: number, enabled: boolean, key: string) =>
      JSON.stringify({
        ignition: { version: '3.3.0' },
        passwd: { users: [{ name: 'core', sshAuthorizedKeys: [key] }] },
        storage: { files: [{ path: '/a', mode, contents: { source: 'data:,x' } }] },
        systemd: {
          units: [
            { name: 'a.service', enabled, contents: '[Install]\nWantedBy=multi-user.target\n' },
          ],
        },
      })
    const folder = folderWith({
      a: config(0o644, true, 'ssh-ed25519 A'),
      b: config(0o600, false, 'ssh-ed25519 B'),
    })
    const { code, stdout } = genNode(['diff', 'a', 'b'], { cwd: folder })
    expect(code).toBe(3)
    for (const line of ['old mode 0644', 'new mode 0600', '-a.service', '+core: ssh-ed25519 B']) {
      expect(stdout.split('\n')).toContain(line)
    }
  })
})

describe('diff of parts that are in no file', () => {
  const ignition = (fields: object) => JSON.stringify({ ignition: { version: '3.3.0' }, ...fields })
  it.each([
    ['a command', '#cloud-config\nruncmd: [reboot]\n', '#cloud-config\nruncmd: [halt]\n'],
    ['a module', '#cloud-config\nbootcmd: [a]\n', '#cloud-config\nbootcmd: [b]\n'],
    ['a script', '#!/bin/sh\necho a\n', '#!/bin/sh\necho b\n'],
    [
      'a password',
      '#cloud-config\nusers: [{name: a, passwd: secret-1}]\n',
      '#cloud-config\nusers: [{name: a, passwd: secret-2}]\n',
    ],
    [
      'a password hash',
      ignition({ passwd: { users: [{ name: 'a', passwordHash: 'secret-1' }] } }),
      ignition({ passwd: { users: [{ name: 'a', passwordHash: 'secret-2' }] } }),
    ],
    [
      'kernel arguments',
      ignition({ kernelArguments: { shouldExist: ['quiet'] } }),
      ignition({ kernelArguments: { shouldExist: ['debug'] } }),
    ],
    [
      'disks',
      ignition({ storage: { disks: [{ device: '/dev/sda' }] } }),
      ignition({ storage: { disks: [{ device: '/dev/sdb' }] } }),
    ],
  ])('shows %s that differs, without secrets', (_, old, now) => {
    const cwd = folderWith({ old, now })
    const { code, stdout } = genNode(['diff', 'old', 'now'], { cwd })
    expect(code).toBe(3)
    expect(stdout).toMatch(/^diff .*\n@@ /)
    expect(stdout).toMatch(/^-.*\n\+/m)
    expect(stdout).not.toContain('secret-')
    expect(genNode(['diff', 'old', 'old'], { cwd })).toMatchObject({ code: 0, stdout: '' })
  })
})

describe('a file name with an escape sequence', () => {
  it('is printed without the escape character', () => {
    const { code, stderr } = genNode(['check', 'a\u001b[31mb'])
    expect(code).toBe(1)
    expect(stderr).not.toContain('\u001b')
    expect(stderr).toMatch(/^gen-node: cannot read a.*\[31mb: no such file or folder\n$/)
  })
})

describe('explain', () => {
  it('prints the whole spec, and a field by its path', () => {
    const whole = genNode(['explain'])
    expect(whole).toMatchObject({ code: 0, stderr: '' })
    const fields = [...whole.stdout.matchAll(/^ {2}(\w+): /gm)].map(([, name]) => name)
    expect(fields).toEqual(Object.keys(schema.properties ?? {}))
    const fallback = genNode(['explain', 'mirrors.fallback'])
    expect(fallback).toMatchObject({ code: 0, stderr: '' })
    expect(fallback.stdout).toMatch(/^mirrors\[\]\.fallback: upstream \| none\n/)
    const mode = genNode(['explain', 'nodes[0].files.mode'])
    expect(mode).toMatchObject({ code: 0, stderr: '' })
    expect(mode.stdout).toMatch(/^nodes\[\]\.files\[\]\.mode: an octal mode in quotes/)
    expect(mode.stdout).toMatch(/^ {4}mode: "0640"$/m)
  })
  it('suggests the nearest field', () => {
    const ran = genNode(['explain', 'nodes.rol'])
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain('did you mean "role"?')
  })
})

describe('init, schema, --version, --help', () => {
  it('the starter spec has no findings', () => {
    const { stdout } = genNode(['init'])
    expect(genNode(['check', '-', '--strict'], { input: stdout }).code).toBe(0)
    expect(genNode(['init', '--distro', 'none']).code).toBe(2)
  })
  it('the printed schema is the schema of the spec', () => {
    const ran = genNode(['schema'])
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(ran.stdout)).toEqual(schema)
  })
  it('help and version are printed on stdout', () => {
    expect(genNode(['--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n', stderr: '' })
    const help = genNode(['--help'])
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toMatch(/^Usage: gen-node \[SPEC\] \[flags\]\n/)
    for (const verb of [
      'check',
      'inspect',
      'diff',
      'explain',
      'init',
      'schema',
      'completion',
      'registry',
    ]) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${verb} `, 'm'))
      const ofVerb = genNode([verb, '--help'])
      expect(ofVerb, verb).toMatchObject({ code: 0, stderr: '' })
      expect(ofVerb.stdout).toMatch(new RegExp(`^Usage: gen-node ${verb} `, 'm'))
    }
  })
})

describe('completion', () => {
  it('for bash completes verbs, flags and values', () => {
    const { stdout } = genNode(['completion', 'bash'])
    const complete = (...args: string[]) => {
      const quoted = args.map(argument => `'${argument}'`).join(' ')
      const script = `${stdout}\nCOMP_WORDS=(gen-node ${quoted}); COMP_CWORD=${args.length}; _gen_node; printf '%s\\n' "\${COMPREPLY[@]}"`
      const ran = spawnSync('bash', ['--norc', '-euc', script], { encoding: 'utf8' })
      expect(ran.stderr).toBe('')
      return ran.stdout.trim().split('\n')
    }
    expect(complete('insp')).toEqual(['inspect'])
    expect(complete('--boot')).toEqual(['--bootstrap-ip'])
    expect(complete('--format', 'ig')).toEqual(['ignition'])
    expect(complete('inspect', '--ex')).toEqual(['--extract'])
    expect(complete('completion', 'fi')).toEqual(['fish'])
  })
  it('for an unknown shell is a usage error', () => {
    expect(genNode(['completion', 'pwsh'])).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('references of a spec', () => {
  const spec = (reference: string) =>
    `${cluster.replace('name: edge', 'name: edge\ndefaults: {files: [{path: /etc/x, ')}`.replace(
      '{path: /etc/x, ',
      `{path: /etc/x, ${reference}}]}`,
    )
  const kubeconfig = 'kind: Config\nusers: [{name: kubelet-bootstrap, user: {token: a.b}}]\n'
  const token = gzipSync(kubeconfig).toString('base64')
  const outside = folderWith({ 'secret.txt': 'outside', 'worker.token': token, 'tree/a': 'a' })
  const cwd = folderWith({ 'in.txt': 'inside', 'tree/bin/run': '#!/bin/sh\n', 'sub/x.txt': 'x' })
  symlinkSync(join(outside, 'secret.txt'), join(cwd, 'link.txt'))
  const run = (reference: string, env = {}) =>
    genNode(['-', '--node', 'w1'], { cwd, env, input: spec(reference) })

  it('below the folder of the spec are read', () => {
    expect(run('file: in.txt')).toMatchObject({ code: 0 })
    expect(run('file: ./sub/../in.txt')).toMatchObject({ code: 0 })
  })
  it.each([
    ['an absolute path', `file: ${join(outside, 'secret.txt')}`],
    ['..', 'file: ../secret.txt'],
    ['a link that leads out', 'file: link.txt'],
    ['a missing file', 'file: /no/such/file'],
  ])('outside the folder of the spec are refused: %s', (_, reference) => {
    const ran = run(reference)
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr.match(/^error\[spec\/outside-folder\]/gm)).toHaveLength(1)
    expect(ran.stderr).toContain(' --> -:3:')
  })
  it('to unreadable files are findings', () => {
    expect(run('file: none.txt').stderr).toContain('error[spec/file-unreadable]')
    expect(run('file: sub').stderr).toContain('error[spec/file-unreadable]')
  })
  it('in --token-file may be outside', () => {
    const flag = ['--token-file', join(outside, 'worker.token')]
    const ran = genNode([...worker, ...flag, '-q'])
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    const read = genNode(['inspect', '-', '--path', '/etc/k0s/join-token'], { input: ran.stdout })
    expect(read.stdout).toBe(`${token}\n`)
    const unreadable = genNode([...worker, '--token-file', join(outside, 'secret.txt')])
    expect(unreadable).toMatchObject({ code: 1, stdout: '' })
    expect(unreadable.stderr.match(/^error\[.*\]/gm)).toEqual(['error[k0s/token-unreadable]'])
  })
})

describe('interrupts and closed pipes', () => {
  it('an interrupt ends the program with exit code 130', async () => {
    const child = startGenNode(['-'], folderWith({}))
    // More than a pipe holds: when it is written, the program runs and reads.
    await new Promise(done => child.stdin.write('#'.repeat(1 << 20), done))
    child.kill('SIGINT')
    const code = await new Promise(done => child.on('exit', done))
    expect(code).toBe(130)
  })
  it('an interrupt leaves all files or none', async () => {
    const nodes = Array.from({ length: 600 }, (_, at) => `  - {name: w${at}, role: worker}`).join(
      '\n',
    )
    const cwd = folderWith({
      'big.yaml': `apiVersion: gen-node/v1\nbootstrap: 10.0.0.1\nnodes:\n${nodes}\n`,
    })
    const child = startGenNode(['big.yaml', '-q', '-o', 'out/'], cwd)
    const ended = new Promise(done => child.on('exit', done))
    const out = join(cwd, 'out')
    while (!existsSync(out) && child.exitCode === null) await new Promise(setImmediate)
    child.kill('SIGINT')
    // The program may finish before the signal arrives: then all files exist.
    if ((await ended) === 130) expect(existsSync(out)).toBe(false)
    else expect(readdirSync(out)).toHaveLength(602)
  })
  it('a closed pipe ends the program without an error', () => {
    const ran = spawnSync(
      'bash',
      [
        '-c',
        `"${process.execPath}" "${program}" schema | head -c 1 >/dev/null; echo "\${PIPESTATUS[0]}"`,
      ],
      { encoding: 'utf8' },
    )
    expect(ran.stdout.trim()).toBe('0')
    expect(ran.stderr).toBe('')
  })
  it('a full disk is an error message with exit code 1', () => {
    const ran = spawnSync(
      'bash',
      ['-c', `"${process.execPath}" "${program}" schema > /dev/full; echo $?`],
      { encoding: 'utf8' },
    )
    expect(ran.stdout.trim()).toBe('1')
    expect(ran.stderr).toContain('no space left on the disk')
  })
})
