/**
 * The lines that take the chart package, in each shell and with the tools of Debian and of busybox,
 * against the registry program. The functions of the first boot are replaced by small ones with curl.
 */
import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { chartLines } from '../../src/distro/k0s/chart-package.ts'
import { aSpec } from '../lib/builders.ts'
import { sourceOf, specOf } from '../lib/cases.ts'
import { curl, describeWith, judge, runs, shellcheck, which } from '../lib/judge.ts'
import { aBundle, app } from '../registry/lib/bundle.ts'
import { type Content, chart, content, layout, named, noise, point } from '../registry/lib/image.ts'
import { start, tempFolder } from '../registry/lib/program.ts'

const preamble = `set -eu
dry_run=$1
report() { echo "$*"; }
fail() {
  echo "failed: $*"
  exit 1
}
run() {
  report "run: $*"
  $dry_run || "$@" || fail "$1"
}
get() { curl --noproxy '*' -sSf \${2:+-H "$2"} "$1"; }
`

const loaded = specOf(
  sourceOf(
    aSpec({
      addons: '{k0rdent: {version: 1.2.2}}',
      nodes: ['{name: c1, role: controller}'],
      registry: '{bundle: /srv/bundle.tar}',
    }),
  ),
)
const lines = chartLines(loaded, loaded.nodes[0]!)

/** The package's folder, and a run of the lines with these registries in place of the node's own. */
function aNode(shell: readonly string[], path: string, ports: readonly number[]) {
  const folder = mkdtempSync(join(tempFolder, 'node-'))
  const urls = ports.map(port => `http://127.0.0.1:${port}`).join(' ')
  const script = join(folder, 'script.sh')
  const text = lines
    .replaceAll('/var/lib/gen-node', folder)
    .replaceAll('http://127.0.0.1:5000', urls)
  writeFileSync(script, `${preamble}${text}\necho the next step\n`)
  const [command = 'sh', ...flags] = [...shell, script]
  const charts = join(folder, 'charts')
  const run = (dryRun = false) =>
    new Promise<{ readonly code: number | null; readonly output: string }>(done => {
      const child = spawn(command, [...flags, String(dryRun)], {
        env: { PATH: path, LC_ALL: 'C.UTF-8' },
      })
      let output = ''
      const append = (data: Buffer) => {
        output += data
      }
      child.stdout.on('data', append)
      child.stderr.on('data', append)
      child.once('close', code => done({ code, output }))
    })
  return { charts, file: join(charts, 'k0rdent-enterprise-1.2.2.tgz'), run }
}

/** The port of a registry with the chart's name for this manifest and content. */
async function serving(manifest: Content, others: readonly Content[]): Promise<number> {
  const entry = { root: manifest, with: others, name: 'charts/k0rdent-enterprise:1.2.2' }
  const { port } = await start(['-b', aBundle(layout([entry])).asFolder()])
  return port
}

const kcm = chart('k0rdent-enterprise', '1.2.2')
const [layer] = kcm.layers as [Content]
const provenance = content(noise('prov', 900), 'application/vnd.cncf.helm.chart.provenance.v1.prov')

function manifestOf(layers: readonly object[], indent = 0): Content {
  const body = {
    schemaVersion: 2,
    config: { ...point(kcm.config), annotations: { layers: '[{' } },
    layers,
    annotations: {
      'org.opencontainers.image.description': `"digest":"sha256:${'0'.repeat(64)}"}]`,
    },
  }
  const text = JSON.stringify(body, null, indent)
  return content(Buffer.from(text), 'application/vnd.oci.image.manifest.v1+json')
}

const busybox = join(tempFolder, 'busybox')
const shells: readonly (readonly [name: string, argv: readonly string[], path: string])[] = [
  ['dash', ['/usr/bin/dash'], '/usr/bin:/bin'],
  ['bash', ['/usr/bin/bash', '--posix'], '/usr/bin:/bin'],
  ['busybox', ['/usr/bin/busybox', 'sh'], `${busybox}:/usr/bin:/bin`],
]
const busyboxTools = ['mkdir', 'mv', 'sed', 'sha256sum', 'sync', 'tr']

describeWith([curl, judge('shells', 'dash', 'bash', 'busybox')], 'the chart package', () => {
  mkdirSync(busybox, { recursive: true })
  for (const tool of busyboxTools) {
    if (!existsSync(join(busybox, tool))) symlinkSync(which('busybox')!, join(busybox, tool))
  }

  it.each(shells)('%s: is taken once, and again where it is wrong', async (_, shell, path) => {
    const port = await serving(kcm.manifest, [kcm.config, layer])
    const { file, charts, run } = aNode(shell, path, [port])
    expect(await run(true)).toEqual({ code: 0, output: expect.stringContaining('the next step') })
    expect(existsSync(charts)).toBe(false)
    expect(await run()).toEqual({ code: 0, output: expect.stringContaining('the next step') })
    expect(readFileSync(file)).toEqual(layer.bytes)
    const { ino } = statSync(file)
    expect((await run()).code).toBe(0)
    expect(statSync(file).ino).toBe(ino)
    for (const wrong of [
      layer.bytes.subarray(0, 60),
      Buffer.alloc(0),
      Buffer.from(`${layer.bytes}x`),
    ]) {
      writeFileSync(file, wrong)
      expect((await run()).code).toBe(0)
      expect(readFileSync(file)).toEqual(layer.bytes)
    }
    expect(readdirSync(charts)).toEqual(['k0rdent-enterprise-1.2.2.tgz'])
  })

  it.each(shells)('%s: is the layer with a chart among others', async (_, shell, path) => {
    const annotations = { 'a{b': '}],"mediaType":"\\"x' }
    const { mediaType, digest, size } = layer
    const forms = [
      [point(layer), point(provenance)],
      [point(provenance), { ...point(layer), annotations }],
      [{ annotations, size, digest, mediaType }, point(provenance)],
      [{ mediaType, annotations, platform: { os: 'linux' }, digest, size }],
    ]
    for (const [index, layers] of forms.entries()) {
      const port = await serving(manifestOf(layers, index), [kcm.config, layer, provenance])
      const { file, run } = aNode(shell, path, [port])
      expect(await run()).toMatchObject({ code: 0 })
      expect(readFileSync(file)).toEqual(layer.bytes)
    }
  })

  it.each(shells)('%s: comes from the first registry that has it', async (_, shell, path) => {
    const port = await serving(kcm.manifest, [kcm.config, layer])
    const empty = await serving(manifestOf([point(provenance)]), [kcm.config, provenance])
    const { file, run } = aNode(shell, path, [1, empty, port])
    expect((await run()).code).toBe(0)
    expect(readFileSync(file)).toEqual(layer.bytes)
  })

  it.each(shells)('%s: is reported where no registry has it', async (_, shell, path) => {
    const other = content(noise('other', 500), layer.mediaType)
    const several = manifestOf([point(layer), point(other)])
    const without = manifestOf([point(provenance)])
    const ports = [
      1,
      (await start(['-b', aBundle(layout([named(app, 'x:1')])).asFolder()])).port,
      await serving(several, [kcm.config, layer, other]),
      await serving(without, [kcm.config, provenance]),
    ]
    const { charts, run } = aNode(shell, path, ports)
    const { code, output } = await run()
    expect(code).toBe(1)
    expect(output).not.toContain('the next step')
    expect(output.slice(output.indexOf('failed:')).replaceAll(/curl: .*/g, 'curl: …')).toBe(
      `failed: the chart charts/k0rdent-enterprise:1.2.2 cannot be taken from the registry:
http://127.0.0.1:1: curl: …
http://127.0.0.1:${ports[1]}: curl: …
http://127.0.0.1:${ports[2]}: the manifest does not have exactly one layer with a chart
http://127.0.0.1:${ports[3]}: the manifest does not have exactly one layer with a chart
add it to the bundle /srv/bundle.tar
`,
    )
    expect(readdirSync(charts)).toEqual([])
  })

  it.each(shells)('%s: is not replaced by content with another digest', async (_, shell, path) => {
    const server = createServer(({ url = '' }, response) => {
      response.end(url.includes('/manifests/') ? kcm.manifest.bytes : noise('wrong', 700))
    })
    onTestFinished(() => {
      server.close()
    })
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    const { file, run } = aNode(shell, path, [port])
    const { code, output } = await run()
    expect(code).toBe(1)
    expect(output).toContain(`the content does not have the digest ${layer.digest}`)
    expect(existsSync(file)).toBe(false)
    writeFileSync(file, 'older')
    expect((await run()).code).toBe(1)
    expect(readFileSync(file, 'utf8')).toBe('older')
  })
})

describeWith([shellcheck], 'shellcheck', () => {
  it('reports nothing for the lines', () => {
    const script = `#!/bin/sh\n${preamble}${lines}`
    expect(runs(['shellcheck', '-s', 'sh', '-'], script).stdout).toBe('')
  })
})
