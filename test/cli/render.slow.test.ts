import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { casesFolder, withoutSizes } from '../lib/cases.ts'
import { cluster, folderWith, genNode, worker } from './gen-node.ts'

describe('rendering one node', () => {
  it('prints user-data on stdout and the sizes on stderr', () => {
    const ran = genNode(worker)
    expect(ran.code).toBe(0)
    expect(ran.stdout).toMatch(/^#cloud-config\n/)
    expect(ran.stderr).toMatch(/^size: [\d,]+ bytes, .*\n$/)
  })

  it('prints no sizes with -q', () => {
    expect(genNode([...worker, '-q']).stderr).toBe('')
  })

  it('prints the same bytes every time', () => {
    expect(genNode(worker).stdout).toBe(genNode(worker).stdout)
  })

  it('prints an Ignition config of the default version and of a given version', () => {
    const version = (...more: string[]) =>
      JSON.parse(genNode([...worker, '-f', 'ignition', ...more]).stdout).ignition.version
    expect(version()).toBe('3.3.0')
    expect(version('--ignition-version', '3.4.0')).toBe('3.4.0')
  })

  it('reads a spec from stdin', () => {
    const ran = genNode(['-', '--node', 'w1'], { input: cluster })
    expect(ran.code).toBe(0)
    expect(ran.stdout).toMatch(/^#cloud-config/)
  })

  it('compresses with --gzip always', () => {
    const cwd = folderWith({})
    expect(genNode([...worker, '--gzip', 'always', '-o', 'packed'], { cwd }).code).toBe(0)
    expect(readFileSync(join(cwd, 'packed')).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]))
    expect(genNode(['diff', 'packed', '-'], { cwd, input: genNode(worker).stdout }).code).toBe(0)
  })
})

describe('flags set fields of the spec', () => {
  const tree = (...flags: string[]) => {
    const rendered = genNode([...worker, ...flags])
    expect(rendered.stderr).not.toContain('error')
    const hosts = (host: string) =>
      genNode(['inspect', '-', '--path', `/etc/k0s/containerd.d/certs.d/${host}/hosts.toml`], {
        input: rendered.stdout,
      })
    return { rendered, hosts }
  }

  it('the version of a distribution selects the distribution', () => {
    const { stdout } = genNode([...worker, '--k3s-version', '1.33.4'])
    expect(stdout).toContain('/etc/rancher/k3s/registries.yaml')
    expect(genNode([...worker, '--k3s-version', '1.33.4', '--distro', 'k0s']).stdout).not.toContain(
      'k3s',
    )
  })

  it('--k0s-version sets the version', () => {
    const { rendered } = tree('--k0s-version', '1.36.0')
    const read = genNode(['inspect', '-', '--path', '/etc/k0s/containerd.d/cri-registry.toml'], {
      input: rendered.stdout,
    })
    expect(read.stdout).toContain('version = 3')
  })

  it('--mirror replaces the default mirrors and takes endpoints', () => {
    const { hosts } = tree('--mirror', 'docker.io', '--mirror', 'ghcr.io=http://10.0.0.9:5000')
    expect(hosts('docker.io').stdout).toContain('http://192.168.1.10:5000')
    expect(hosts('ghcr.io').stdout).toContain('http://10.0.0.9:5000')
    expect(hosts('quay.io').code).toBe(1)
  })

  it('--no-fallback and --registry-port set the fallback and the port', () => {
    const { hosts } = tree('--no-fallback', '--registry-port', '5001')
    expect(hosts('quay.io').stdout).toContain('server = "http://192.168.1.10:5001"')
  })

  it('--set sets any field', () => {
    const { rendered } = tree('--set', 'nodes[0].files=[{path: /etc/motd, content: hi}]')
    const read = genNode(['inspect', '-', '--path', '/etc/motd'], { input: rendered.stdout })
    expect(read.stdout).toBe('hi')
  })

  it('--ssh-key accepts a key or the path of a file', () => {
    const key =
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK0wmN/Cr3JXqmLW7u+g9pTh+wyqDHpSQEIQczXkVx9q me'
    const folder = folderWith({ 'id.pub': `${key}\n` })
    const given = genNode([...worker, '--ssh-key', key])
    expect(given.stdout).toContain(key)
    expect(genNode([...worker, '--ssh-key', join(folder, 'id.pub')]).stdout).toBe(given.stdout)
    expect(genNode([...worker, '--ssh-key', join(folder, 'none.pub')]).code).toBe(2)
  })

  it('a wrong value is a finding with the flag as its position', () => {
    const ran = genNode(['--role', 'wroker', '--bootstrap-ip', '10.0.0.1'])
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain(' --> --role wroker')
    expect(ran.stderr).toContain('did you mean "worker"?')
  })
})

describe('a usage error is printed on stderr, with exit code 2', () => {
  const calls: readonly (readonly [string, readonly string[], string])[] = [
    ['no arguments', [], 'gen-node --role worker'],
    ['no role', ['--bootstrap-ip', '10.0.0.1'], 'neither SPEC nor --role'],
    ['an unknown flag', ['--fromat', 'x'], 'did you mean --format?'],
    ['an unknown format', [...worker, '-f', 'yaml'], 'cloud-init'],
    ['a misspelt verb', ['chek', 'cluster.yaml'], 'gen-node check'],
    ['--set without a value', [...worker, '--set', 'name'], 'PATH=VALUE'],
    ['--role with a SPEC', ['cluster.yaml', '--role', 'worker'], '--role'],
    ['several nodes on stdout', ['cluster.yaml'], '-o out/'],
    ['an unknown node', ['cluster.yaml', '--node', 'w9'], 'c1, w1'],
    ['several nodes into a file', ['cluster.yaml', '-o', 'cluster.yaml'], 'cannot be written'],
  ]
  const cwd = folderWith({ 'cluster.yaml': cluster })
  it.each(calls)('%s', (_, args, message) => {
    const ran = genNode(args, { cwd })
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toContain(message)
  })
})

describe('rendering a cluster into a folder', () => {
  it('writes a folder for each node, and a run book', () => {
    const cwd = folderWith({ 'cluster.yaml': cluster })
    expect(genNode(['cluster.yaml', '-o', 'out/'], { cwd }).code).toBe(0)
    expect(readdirSync(join(cwd, 'out')).sort()).toEqual(['.gen-node', 'RUNBOOK.md', 'c1', 'w1'])
    expect(readdirSync(join(cwd, 'out/w1')).sort()).toEqual(['config.ign', 'user-data'])
    const book = readFileSync(join(cwd, 'out/RUNBOOK.md'), 'utf8')
    for (const text of ['192.168.1.10', 'k0s token create --role worker', '/etc/k0s/join-token']) {
      expect(book).toContain(text)
    }
    for (const name of ['c1/user-data', 'c1/config.ign', 'w1/user-data', 'w1/config.ign']) {
      const { size } = statSync(join(cwd, 'out', name))
      expect(book).toContain(`| \`${name}\` | ${size} |\n`)
    }
  })

  it.each(['cluster', 'external-registry', 'registry-guarded'])(
    'writes the recorded run book of the golden case %s',
    name => {
      const cwd = folderWith({})
      const folder = join(casesFolder, name)
      const env = { GOLDEN_PASSWORD: 'correct horse' }
      expect(genNode([join(folder, 'spec.yaml'), '-o', 'out/'], { cwd, env }).code).toBe(0)
      const book = readFileSync(join(cwd, 'out/RUNBOOK.md'), 'utf8')
      expect(withoutSizes(book)).toBe(readFileSync(join(folder, 'out/RUNBOOK.md'), 'utf8'))
    },
  )

  it('writes a run book with the registry URL of the nodes, also with TLS', () => {
    const guarded = (name: string) =>
      readFileSync(join(casesFolder, 'registry-guarded/files', name), 'utf8')
    const registry = '{tls: {cert: {file: tls.pem}, key: {file: tls.key}}, ca: {file: ca.pem}}'
    const cwd = folderWith({
      'cluster.yaml': `${cluster}registry: ${registry}\n`,
      'tls.pem': guarded('registry.pem'),
      'tls.key': guarded('registry.key'),
      'ca.pem': guarded('site-ca.pem'),
    })
    expect(genNode(['cluster.yaml', '-o', 'out/'], { cwd }).code).toBe(0)
    const path = '/etc/k0s/containerd.d/certs.d/quay.io/hosts.toml'
    const hosts = genNode(['inspect', 'out/w1/user-data', '--path', path], { cwd }).stdout
    const url = 'https://192.168.1.10:5000'
    expect(hosts).toContain(`[host."${url}"]`)
    const book = readFileSync(join(cwd, 'out/RUNBOOK.md'), 'utf8')
    const urls = book.match(/https?:\/\/192\.168\.1\.10:5000/g) ?? []
    expect(urls.length).toBeGreaterThan(0)
    expect(new Set(urls)).toEqual(new Set([url]))
  })

  it('writes a run book whose ssh commands accept IPv6 addresses', () => {
    const cwd = folderWith({ 'cluster.yaml': cluster.replace('192.168.1.11', '"fd00::11"') })
    expect(genNode(['cluster.yaml', '-o', 'out/'], { cwd }).code).toBe(0)
    const book = readFileSync(join(cwd, 'out/RUNBOOK.md'), 'utf8')
    expect(book).toContain('ssh root@fd00::11 ')
  })

  it('keeps the folder of a removed node, and reports it', () => {
    const cwd = folderWith({ 'cluster.yaml': cluster })
    genNode(['cluster.yaml', '-o', 'out/'], { cwd })
    expect(genNode(['cluster.yaml', '-o', 'out/'], { cwd }).stderr).not.toContain('any more')
    writeFileSync(join(cwd, 'cluster.yaml'), cluster.replaceAll('w1', 'w2'))
    const { code, stderr } = genNode(['cluster.yaml', '-o', 'out/'], { cwd })
    expect(code).toBe(0)
    expect(stderr).toMatch(/out\/w1 belongs to a node that is no longer in the spec\n$/)
    expect(readdirSync(join(cwd, 'out')).sort()).toContain('w1')
  })

  it('writes one format with -f', () => {
    const cwd = folderWith({ 'cluster.yaml': cluster })
    expect(genNode(['cluster.yaml', '-o', 'out/', '-f', 'ignition'], { cwd }).code).toBe(0)
    expect(readdirSync(join(cwd, 'out/w1'))).toEqual(['config.ign'])
  })
})

describe('written files', () => {
  const write = (cwd: string, ...more: string[]) =>
    genNode([...worker, '-q', '-o', 'user-data', ...more], { cwd })

  it('are overwritten if they were not edited', () => {
    const cwd = folderWith({})
    expect(write(cwd).code).toBe(0)
    expect(write(cwd, '--no-fallback').code).toBe(0)
    expect(write(cwd).code).toBe(0)
    expect(readdirSync(cwd).sort()).toEqual(['.gen-node', 'user-data'])
  })

  it('are not overwritten after an edit, except with --force', () => {
    const cwd = folderWith({})
    write(cwd)
    writeFileSync(join(cwd, 'user-data'), 'mine\n')
    const refused = write(cwd)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('was edited since')
    expect(readFileSync(join(cwd, 'user-data'), 'utf8')).toBe('mine\n')
    expect(write(cwd, '--force').code).toBe(0)
    expect(write(cwd, '--no-fallback').code).toBe(0)
  })

  it('do not overwrite files of other programs', () => {
    const cwd = folderWith({ 'user-data': 'mine\n' })
    expect(write(cwd).stderr).toContain('was not written by gen-node')
    expect(readdirSync(cwd)).toEqual(['user-data'])
  })

  it('are all written, or none', () => {
    const cwd = folderWith({ 'cluster.yaml': cluster, 'out/w1/user-data': 'mine\n' })
    expect(genNode(['cluster.yaml', '-o', 'out'], { cwd }).code).toBe(1)
    expect(readdirSync(join(cwd, 'out'))).toEqual(['w1'])
  })

  it('replace the target of a symbolic link, not the link', () => {
    const cwd = folderWith({ 'real/x': '' })
    genNode([...worker, '-q', '-o', 'real/user-data'], { cwd })
    symlinkSync('real/user-data', join(cwd, 'user-data'))
    expect(write(cwd, '--no-fallback').code).toBe(0)
    expect(lstatSync(join(cwd, 'user-data')).isSymbolicLink()).toBe(true)
  })

  it('can be a device', () => {
    expect(genNode([...worker, '-q', '-o', '/dev/null']).code).toBe(0)
    expect(existsSync('/dev/.gen-node')).toBe(false)
  })

  it('have mode 0600 if they contain a secret', () => {
    const cwd = folderWith({})
    write(cwd)
    expect(statSync(join(cwd, 'user-data')).mode & 0o044).not.toBe(0)
    genNode(['--role', 'controller', '-q', '-o', 'controller'], { cwd })
    expect(statSync(join(cwd, 'controller')).mode & 0o777).toBe(0o600)
    // The record contains the digests of the files.
    expect(statSync(join(cwd, '.gen-node')).mode & 0o777).toBe(0o600)
  })

  it.each(['file/user-data', 'file/below/', '/proc/none/user-data'])(
    'cannot be written to %s: the error is one line',
    place => {
      const ran = genNode([...worker, '-q', '-o', place], { cwd: folderWith({ file: '' }) })
      expect(ran).toMatchObject({ code: 1, stdout: '' })
      expect(ran.stderr).toMatch(/^gen-node: cannot write into /)
    },
  )
})

describe('findings', () => {
  const bad = `${cluster}typo: 1\n`

  it('with an error prevent all output', () => {
    const cwd = folderWith({ 'cluster.yaml': bad })
    const ran = genNode(['cluster.yaml', '-o', 'out/'], { cwd })
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(existsSync(join(cwd, 'out'))).toBe(false)
    expect(ran.stderr).toContain('cluster.yaml:7:1')
  })

  it('are printed by check as text on stderr or as data on stdout', () => {
    const cwd = folderWith({ 'bad.yaml': bad, 'good.yaml': cluster })
    expect(genNode(['check', 'bad.yaml'], { cwd })).toMatchObject({ code: 1, stdout: '' })
    expect(genNode(['check', 'good.yaml'], { cwd })).toMatchObject({ code: 0, stdout: '' })
    const json = genNode(['check', 'bad.yaml', '--report', 'json'], { cwd })
    expect(JSON.parse(json.stdout)).toMatchObject([
      { severity: 'error', rule: 'spec/unknown-key', range: { start: { line: 7, column: 1 } } },
    ])
    expect(JSON.parse(genNode(['check', 'good.yaml', '--report', 'json'], { cwd }).stdout)).toEqual(
      [],
    )
    const github = genNode(['check', 'bad.yaml', '--report', 'github'], { cwd })
    expect(github.stdout).toMatch(/^::error file=bad\.yaml,line=7,col=1/)
    const sarif = genNode(['check', 'bad.yaml', '--report', 'sarif'], { cwd })
    expect(JSON.parse(sarif.stdout)).toMatchObject({ version: '2.1.0' })
  })

  it('with warnings prevent output only under --strict', () => {
    const spec = cluster.replace(
      'name: edge',
      'name: edge\nmirrors:\n  - {host: quay.io, endpoints: ["http://10.0.0.1:5000"], auth: {username: a, password: pass1234word}}',
    )
    const cwd = folderWith({ 'cluster.yaml': spec })
    const lax = genNode(['cluster.yaml', '--node', 'w1'], { cwd })
    expect(lax.code).toBe(0)
    expect(lax.stderr).toContain('warning[spec/inline-secret]')
    expect(genNode(['cluster.yaml', '--node', 'w1', '--strict'], { cwd })).toMatchObject({
      code: 1,
      stdout: '',
    })
    for (const form of ['text', 'json', 'github', 'sarif']) {
      const { stdout, stderr } = genNode(['check', 'cluster.yaml', '--report', form], { cwd })
      expect(stdout + stderr).not.toContain('pass1234word')
      expect(stdout + stderr).toContain('inline-secret')
    }
  })

  it('are coloured only with --color or FORCE_COLOR', () => {
    const cwd = folderWith({ 'bad.yaml': bad })
    const colour = (env: Record<string, string>, ...more: string[]) =>
      genNode(['check', 'bad.yaml', ...more], { cwd, env }).stderr.includes('\x1b[')
    expect(colour({})).toBe(false)
    expect(colour({ FORCE_COLOR: '1' })).toBe(true)
    expect(colour({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false)
    expect(colour({}, '--color', 'always')).toBe(true)
    expect(colour({ FORCE_COLOR: '1' }, '--color', 'never')).toBe(false)
  })
})

describe('a file that is not a spec', () => {
  const files = {
    empty: '',
    binary: new Uint8Array([0, 1, 2, 3, 255]),
    'utf-16': new Uint8Array([0xff, 0xfe, 0x61, 0]),
    bom: new Uint8Array([0xef, 0xbb, 0xbf, 0x61]),
    huge: `a: ${'x'.repeat(10_000_000)}\n`,
  }
  const cwd = folderWith(files)
  it.each(Object.keys(files))('%s gives one short error', name => {
    const ran = genNode([name], { cwd })
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr.match(/^error\[/gm)).toHaveLength(1)
    expect(ran.stderr.length).toBeLessThan(1000)
  })
  it('a missing file and a folder give an error', () => {
    expect(genNode(['none.yaml'], { cwd }).stderr).toContain('no such file')
    expect(genNode(['.'], { cwd }).stderr).toContain('it is a folder')
  })
})

describe('the size limit of a platform', () => {
  it('prevents larger output, with exit code 4', () => {
    const noise = Array.from({ length: 3000 }, (_, at) =>
      Math.sin(at + 1)
        .toString(36)
        .slice(2),
    ).join('')
    const cwd = folderWith({
      'big.bin': noise,
      'spec.yaml': `apiVersion: gen-node/v1
platform: aws
bootstrap: 10.0.0.1
nodes:
  - {name: w1, role: worker, files: [{path: /etc/big, file: big.bin}]}
`,
    })
    const ran = genNode(['spec.yaml'], { cwd })
    expect(ran).toMatchObject({ code: 4, stdout: '' })
    expect(ran.stderr).toContain('/etc/big')
    expect(genNode(['spec.yaml', '-o', 'out/'], { cwd }).code).toBe(4)
    expect(existsSync(join(cwd, 'out'))).toBe(false)
  })
})

describe('check reports what rendering into a folder reports', () => {
  const findingsOf = (args: readonly string[], cwd: string) => {
    const { code, stdout, stderr } = genNode([...args, '--report', 'json', '-q'], { cwd })
    const text = args[0] === 'check' ? stdout : stderr
    const findings = JSON.parse(text) as readonly {
      readonly rule: string
      readonly message: string
    }[]
    return { code, findings }
  }
  const nodes = 'nodes: [{name: c1, role: controller, address: 10.0.0.1}]\n'

  it('a size over the limit in a format that is rendered by default', () => {
    const cwd = folderWith({ 'spec.yaml': `apiVersion: gen-node/v1\nplatform: aws\n${nodes}` })
    const checked = findingsOf(['check', 'spec.yaml'], cwd)
    const rendered = findingsOf(['spec.yaml', '-o', 'out/'], cwd)
    expect(checked.code).toBe(1)
    expect(rendered.code).toBe(4)
    expect(checked.findings.map(({ rule }) => rule)).toEqual(['size/over-budget'])
    expect(checked.findings).toEqual(rendered.findings)
    const format = ['-f', 'cloud-init']
    expect(genNode(['check', 'spec.yaml', ...format], { cwd }).code).toBe(0)
    expect(genNode(['spec.yaml', ...format, '-o', 'out/'], { cwd }).code).toBe(0)
  })

  it('a file mode that the version of Ignition does not have', () => {
    const file = '{path: /srv/x, content: a, mode: "1777"}'
    const cwd = folderWith({
      'spec.yaml': `apiVersion: gen-node/v1\ndefaults: {files: [${file}]}\n${nodes}`,
    })
    const checked = findingsOf(['check', 'spec.yaml'], cwd)
    expect(checked.code).toBe(1)
    expect(checked.findings.map(({ rule }) => rule)).toEqual(['emit/version-lacks'])
    expect(checked.findings).toEqual(findingsOf(['spec.yaml', '-o', 'out/'], cwd).findings)
    const version = ['--ignition-version', '3.6.0']
    expect(genNode(['check', 'spec.yaml', ...version], { cwd }).code).toBe(0)
  })

  it('a size over the limit of one node among nodes of other platforms', () => {
    const cwd = folderWith({
      'spec.yaml': `apiVersion: gen-node/v1
nodes:
  - {name: c1, role: controller, address: 10.0.0.1, platform: aws}
  - {name: c2, role: controller, address: 10.0.0.2, platform: hetzner}
`,
    })
    const { findings } = findingsOf(['check', 'spec.yaml'], cwd)
    expect(findings).toHaveLength(1)
    expect(findings[0]?.message).toContain('c1/config.ign')
  })

  it('for the node of --node only, and no other name', () => {
    const file = '{path: /srv/x, content: a, mode: "4755"}'
    const cwd = folderWith({
      'spec.yaml': `apiVersion: gen-node/v1
nodes:
  - {name: c1, role: controller, address: 10.0.0.1}
  - {name: w1, role: worker, address: 10.0.0.2, files: [${file}]}
`,
    })
    expect(genNode(['check', 'spec.yaml', '--node', 'c1'], { cwd }).code).toBe(0)
    expect(genNode(['check', 'spec.yaml', '--node', 'w1'], { cwd }).code).toBe(1)
    expect(genNode(['check', 'spec.yaml', '--node', 'w9'], { cwd }).code).toBe(2)
  })
})
