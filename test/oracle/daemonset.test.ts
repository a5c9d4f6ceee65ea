/**
 * The script of the DaemonSet under dash and busybox, against a folder that plays the node; kustomize
 * reads the manifests.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plan, render } from '../../src/index.ts'
import { aSpec } from '../lib/builders.ts'
import { sourceOf, specOf } from '../lib/cases.ts'
import { describeWith, judge, optional, runs, shellcheck } from '../lib/judge.ts'
import { needs, parseYaml } from '../lib/stages.ts'

const kubectl = optional(judge('kubectl', 'kubectl'))

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly data: Readonly<Record<string, string>>
  readonly spec: {
    readonly template: {
      readonly spec: PodSpec
      readonly metadata: { readonly annotations: object }
    }
  }
}
interface PodSpec {
  readonly affinity?: object
  readonly initContainers: readonly {
    readonly command: readonly string[]
    readonly image: string
  }[]
  readonly volumes: readonly { readonly hostPath?: { readonly path: string } }[]
}

function textFor(
  mirrors: string,
  options: Readonly<Record<string, string>> = {},
  nodes = ['{name: w1, role: worker}'],
) {
  const spec = specOf(sourceOf(aSpec({ distro: 'containerd', mirrors, nodes })))
  expect(needs(spec)).toEqual([])
  const planned = plan(spec, {
    files: new Map(),
    trees: new Map(),
    env: new Map(),
    sops: new Map(),
  })
  if (!planned.ok) throw new Error(JSON.stringify(planned.diagnostics))
  const outcome = render(
    planned.value,
    { format: 'daemonset', node: null },
    { gzip: 'never', options },
  )
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.diagnostics))
  return Buffer.from(outcome.value[0]!.bytes).toString()
}

const manifestsOf = (text: string) =>
  text.split('---\n').map(document => parseYaml(document).value as Manifest)

const shells = [['dash'], ['busybox', 'sh']]
const secret = 'pass-Xq81'
const withPassword = (password: string) =>
  `[{host: quay.io, endpoints: ["https://harbor.site"], auth: {username: site, password: ${password}}}, {host: docker.io, endpoints: ["http://10.0.0.5:5000"]}]`

describeWith([judge('dash and busybox', 'dash', 'busybox')], 'the script of the DaemonSet', () => {
  describe.each(shells)('%s', (...shell) => {
    let home = ''
    const host = () => join(home, 'host')
    beforeEach(() => {
      home = mkdtempSync(join(tmpdir(), 'gen-node-daemonset-'))
      chmodSync(home, 0o755)
      mkdirSync(host())
    })
    afterEach(() => rmSync(home, { recursive: true, force: true }))

    /** Runs the script with the files of these mirrors; `stubs` are programs, `others` replace entries of the Secret. */
    function run(
      mirrors: string,
      {
        restart = '',
        stubs = {},
        user = [] as readonly string[],
        others = {} as Readonly<Record<string, string>>,
      } = {},
    ) {
      const [secretManifest, daemonSet] = manifestsOf(
        textFor(mirrors, { 'daemonset-restart': restart }),
      )
      const files = join(home, 'files')
      rmSync(files, { recursive: true, force: true })
      mkdirSync(files)
      const data = { ...secretManifest!.data, ...others }
      for (const [key, value] of Object.entries(data)) {
        writeFileSync(join(files, key), Buffer.from(value, 'base64'))
      }
      const bin = join(home, 'bin')
      rmSync(bin, { recursive: true, force: true })
      mkdirSync(bin)
      for (const [name, text] of Object.entries(stubs)) {
        writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
      }
      const [, , script, name, , , unit] = daemonSet!.spec.template.spec.initContainers[0]!.command
      // busybox's own applets would come before the stubs.
      const path = `PATH=${bin}:$PATH; export PATH\n`
      const argv = [...user, ...shell, '-c', path + script, name!, files, host(), unit!]
      return runs(argv)
    }
    /** Runs the script with these files instead. */
    const runFiles = (texts: Readonly<Record<string, string>>) => {
      const entries = Object.entries(texts)
      const lines = entries.map(([path], index) => `600 other-${index} ${path}\n`).join('')
      const contents = entries.map(([, text], index) => [`other-${index}`, btoa(text)])
      return run(withPassword('x'), {
        others: { files: btoa(lines), ...Object.fromEntries(contents) },
      })
    }
    const contentOf = (path: string) => readFileSync(join(host(), path), 'utf8')
    const put = (path: string, text: string) => {
      mkdirSync(dirname(join(host(), path)), { recursive: true })
      writeFileSync(join(host(), path), text)
    }

    it('writes new files, and does nothing where nothing changed', () => {
      const first = run(withPassword(secret))
      expect(first).toMatchObject({ code: 0, stderr: '' })
      expect(first.stdout).toContain('+[host."https://harbor.site"]')
      expect(first.stdout).toContain('+  Authorization = <REDACTED>')
      expect(contentOf('quay.io/hosts.toml')).toContain(btoa(`site:${secret}`))
      expect(statSync(join(host(), 'quay.io/hosts.toml')).mode & 0o777).toBe(0o600)
      expect(statSync(join(host(), 'docker.io/hosts.toml')).mode & 0o777).toBe(0o644)
      const before = statSync(join(host(), 'quay.io/hosts.toml')).mtimeMs
      expect(run(withPassword(secret))).toEqual({ code: 0, stdout: '', stderr: '' })
      expect(statSync(join(host(), 'quay.io/hosts.toml')).mtimeMs).toBe(before)
    })

    it('shows that only a secret changed, without the secret, and keeps the former file', () => {
      run(withPassword(secret))
      const { stdout } = run(withPassword('pass-Zz77'))
      expect(stdout).toContain('-  Authorization = <REDACTED>\n+  Authorization = <REDACTED>\n')
      for (const password of [
        secret,
        'pass-Zz77',
        btoa(`site:${secret}`),
        btoa('site:pass-Zz77'),
      ]) {
        expect(stdout).not.toContain(password)
      }
      expect(contentOf('quay.io/hosts.toml')).toContain(btoa('site:pass-Zz77'))
      expect(contentOf('quay.io/hosts.toml.bak')).toContain(btoa(`site:${secret}`))
    })

    it('masks a file of another origin', () => {
      const foreign = [
        `# ${secret}-1`,
        `server = "https://user:${secret}-2@harbor.site"`,
        '[host."https://harbor.site"]',
        `  capabilities = ["pull"]`,
        `[host."https://harbor.site".header]`,
        `  X-Token = ["${secret}-3"]`,
        `  note = """`,
        `server = "${secret}-4"`,
        `"""`,
      ]
      put('quay.io/hosts.toml', `${foreign.join('\n')}\n`)
      const { code, stdout } = run(withPassword('other'))
      expect(code).toBe(0)
      expect(stdout).not.toContain(secret)
      expect(stdout).toContain('-server = "https://<REDACTED>@harbor.site"')
      expect(stdout).toContain('-  X-Token = <REDACTED>')
    })

    it('masks YAML of another origin line by line', () => {
      const foreign = `mirrors:
  docker.io:
    endpoint:
      - "https://user:${secret}-1@harbor.site"
      - http://10.0.0.5:5000
configs:
  "harbor.site:443":
    auth:
      username: ${secret}-2
      password: |
        ${secret}-3
        server: ${secret}-4
      token: "${secret}-5
        endpoint: ${secret}-6"
    tls: {ca_file: /etc/ca.pem, password: ${secret}-7}
    tls2:
      ca_file: /etc/ca.pem
    ${secret}-8
  # ${secret}-9
  - ${secret}-10
`
      const own = 'mirrors:\n  docker.io:\n    endpoint:\n      - "http://10.0.0.6:5000"\n'
      put('registries.yaml', foreign)
      const { code, stdout } = runFiles({ 'registries.yaml': own })
      expect(code).toBe(0)
      expect(stdout).not.toContain(secret)
      expect(stdout).toContain('-      - "https://<REDACTED>@harbor.site"')
      expect(stdout).toContain('-      password: <REDACTED>')
      expect(stdout).toContain('-      ca_file: /etc/ca.pem')
      expect(stdout).toContain('+      - "http://10.0.0.6:5000"')
      expect(contentOf('registries.yaml')).toBe(own)
    })

    it('moves the file of a mirror that is gone to its backup', () => {
      run(withPassword(secret))
      const { stdout } = run(
        `[{host: docker.io, endpoints: ["http://10.0.0.5:5000"]}, {host: ghcr.io, endpoints: ["http://10.0.0.5:5000"]}]`,
      )
      expect(stdout).toContain('removed: quay.io/hosts.toml')
      expect(existsSync(join(host(), 'quay.io/hosts.toml'))).toBe(false)
      expect(existsSync(join(host(), 'quay.io/hosts.toml.bak'))).toBe(true)
    })

    it.each([1, 2, 3, 4, 5, 6])(
      'leaves no part of a file when it is killed at the move %i',
      count => {
        run(withPassword(secret))
        const former = contentOf('quay.io/hosts.toml')
        const counter = join(home, 'count')
        const stub = `echo >> ${counter}
[ "$(wc -l < ${counter})" -lt ${count} ] || kill -9 $PPID
/bin/mv "$@"`
        const killed = run(withPassword('pass-Zz77').replace('10.0.0.5', '10.0.0.6'), {
          stubs: { mv: stub },
        })
        // Two files with their backups, and the list of files.
        expect(killed.code === 0).toBe(count === 6)
        for (const path of ['quay.io/hosts.toml', 'docker.io/hosts.toml']) {
          const lines = contentOf(path).trimEnd().split('\n')
          expect(lines.at(-1)).toMatch(/^ {2}Authorization|^capabilities/)
        }
        expect(run(withPassword('pass-Zz77').replace('10.0.0.5', '10.0.0.6')).code).toBe(0)
        expect(contentOf('quay.io/hosts.toml')).not.toBe(former)
        expect(contentOf('docker.io/hosts.toml')).toContain('10.0.0.6')
        const names = readdirSync(host(), { recursive: true }).map(String)
        expect(names.filter(name => name.includes('gen-node-new'))).toEqual([])
      },
    )

    it('ends with an error where it cannot write or read', () => {
      const user = ['setpriv', '--reuid', '65534', '--clear-groups']
      const readOnly = run(withPassword(secret), { user })
      expect(readOnly.code).not.toBe(0)
      expect(readOnly.stderr).toMatch(/Permission denied|can't create/)
      expect(readdirSync(host())).toEqual([])
      put('quay.io/hosts.toml', 'server = "x"\n')
      chmodSync(join(host(), 'quay.io/hosts.toml'), 0o600)
      chmodSync(host(), 0o777)
      const unreadable = run(withPassword(secret), { user })
      expect(unreadable.code).not.toBe(0)
      expect(unreadable.stderr).toMatch(/quay\.io\/hosts\.toml.*ermission denied/)
      expect(contentOf('quay.io/hosts.toml')).toBe('server = "x"\n')
    })

    it('restarts the unit after a change, also after an interrupted run, and not otherwise', () => {
      const calls = join(home, 'calls')
      const restart = 'nosuch.service,site.service'
      const stubs = {
        nsenter: `case $* in *'cat nosuch'*) exit 1 ;; *' cat '*) ;; *) echo "$*" >> ${calls} ;; esac`,
      }
      const failing = run(withPassword(secret), { restart, stubs: { nsenter: 'exit 1' } })
      expect(failing.code).not.toBe(0)
      expect(run(withPassword(secret), { restart, stubs }).stdout).toBe('restarted: site.service\n')
      expect(run(withPassword(secret), { restart, stubs }).stdout).toBe('')
      expect(readFileSync(calls, 'utf8')).toBe(
        '-t 1 -m -u -i -n -p -- systemctl restart --no-block site.service\n',
      )
    })
  })
})

describe('the manifests', () => {
  const nodes = [
    '{name: c1, role: controller, address: 10.0.0.1}',
    '{name: w1, role: worker}',
    '{name: w2, role: worker}',
  ]
  it('are one DaemonSet where all nodes have equal files, else one per group of nodes', () => {
    expect(manifestsOf(textFor(withPassword(secret)))).toHaveLength(2)
    const found = manifestsOf(textFor('[quay.io]', {}, nodes))
    expect(found.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'Secret gen-node-mirrors',
      'DaemonSet gen-node-mirrors',
      'Secret gen-node-mirrors-2',
      'DaemonSet gen-node-mirrors-2',
    ])
    const affinities = [found[1], found[3]].map(item =>
      JSON.stringify(item?.spec.template.spec.affinity),
    )
    expect(affinities[0]).toContain('"operator":"NotIn","values":["c1"]')
    expect(affinities[1]).toContain('"operator":"In","values":["c1"]')
  })
  it('have the names and the image of the options, and no password in clear', () => {
    const options = {
      'daemonset-namespace': 'site',
      'daemonset-name': 'mirrors',
      'daemonset-image': 'registry.site:5000/busybox:1',
    }
    const text = textFor(withPassword(secret), options)
    const [, daemonSet] = manifestsOf(text)
    expect(daemonSet?.metadata).toMatchObject({ name: 'mirrors', namespace: 'site' })
    expect(daemonSet?.spec.template.spec.initContainers[0]?.image).toBe(
      'registry.site:5000/busybox:1',
    )
    expect(daemonSet?.spec.template.spec.volumes[1]?.hostPath?.path).toBe('/etc/containerd/certs.d')
    expect(text).not.toContain(secret)
  })
  it('change their checksum with a password', () => {
    const annotations = [secret, 'other'].map(
      password =>
        manifestsOf(textFor(withPassword(password)))[1]?.spec.template.metadata.annotations,
    )
    expect(annotations[0]).not.toEqual(annotations[1])
  })
})

describeWith([shellcheck], 'the script', () => {
  it('has no finding of shellcheck', () => {
    const [, daemonSet] = manifestsOf(textFor(withPassword(secret)))
    const script = daemonSet?.spec.template.spec.initContainers[0]?.command[2] ?? ''
    expect(runs(['shellcheck', '-s', 'sh', '-'], script)).toMatchObject({ code: 0, stdout: '' })
  })
})

describeWith([kubectl], 'kustomize', () => {
  it('reads the manifests and adds a prefix to all names', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gen-node-kustomize-'))
    writeFileSync(join(folder, 'daemonset.yaml'), textFor(withPassword(secret)))
    writeFileSync(
      join(folder, 'kustomization.yaml'),
      'resources: [daemonset.yaml]\nnamePrefix: site-\n',
    )
    const { code, stdout, stderr } = runs(['kubectl', 'kustomize', folder])
    rmSync(folder, { recursive: true, force: true })
    expect(code, stderr).toBe(0)
    expect(stdout).toContain('secretName: site-gen-node-mirrors')
  })
})
