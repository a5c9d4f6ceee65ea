/** What only `gen-node registry` has: help, list of images, check of all digests, older variables. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseRegistryCall } from '../../src/cli/registry/flags.ts'
import { flagTable } from '../../src/registry/flags.ts'
import { describeWith, root, runs } from '../lib/judge.ts'
import { aBundle, app, tool } from './lib/bundle.ts'
import { blobPath, image, index, layout, named, treeTar } from './lib/image.ts'
import { genNodeRegistry, run, runAtTerminal, startAtTerminal, tempFolder } from './lib/program.ts'
import { names } from './lib/pull.ts'

const bundle = aBundle([named(app, 'x:1')]).asFolder()

describe('--help', () => {
  test('explains every flag', async () => {
    const { code, stdout, stderr } = await runAtTerminal(['--help'])
    expect([code, stderr]).toEqual([0, ''])
    for (const flag of ['-b, --bundle-path', '-p, --port', '--cosign-key', '-d, --background']) {
      expect(stdout).toContain(flag)
    }
    for (const flag of [...Object.keys(flagTable), 'check', 'deep']) {
      expect(stdout).toContain(`--${flag} `)
    }
  })
})

describe('flags for a terminal', () => {
  test('are unknown to the program on nodes', async () => {
    for (const flag of ['--check', '--deep', '--background', '-d', '--help', '-h', '--cosignKey']) {
      const { code, stderr } = await run(['-b', bundle, flag])
      expect(code).toBe(2)
      expect(stderr).toMatch(new RegExp(`^registry: Unknown option '${flag}'.*\\n$`))
    }
  })

  test('-d gives the advice to use a unit, and serves', async () => {
    const registry = await startAtTerminal(['-b', bundle, '-d'])
    expect(registry.log()).toMatch(/^-d: .*unit/)
    expect(await names(registry)).toEqual(['x:1'])
  })

  test.each([
    [['--port', 'x'], 'invalid --port "x": 0 to 65535'],
    [['--log=xml'], 'invalid --log "xml": json or text'],
    [['--cosignKey=https://x'], 'invalid --cosign-key "https://x": download it and give the file'],
    [
      ['--cosignKey', 'https://x'],
      'invalid --cosign-key "https://x": download it and give the file',
    ],
  ])('an error in %j is one line with exit code 2', async (flags, message) => {
    const stderr = `registry: ${message}\n`
    expect(await runAtTerminal(['-b', bundle, ...flags])).toEqual({ code: 2, stdout: '', stderr })
  })
})

describe('environment variables', () => {
  test.each([
    ['GEN_NODE_REGISTRY_BUNDLE_PATH', 'GEN_NODE_REGISTRY_LOG'],
    ['K0RDENTD_AIRGAP_BUNDLE_PATH', 'K0RDENTD_REGISTRY_LOG'],
  ])('%s stands for --bundle-path', async (path, log) => {
    const { code, stdout } = await runAtTerminal(['--check'], { [path]: bundle, [log]: 'json' })
    expect([code, stdout.split(' ')[0]]).toEqual([0, 'x:1'])
  })

  test('older names stand for flags', async () => {
    const messageOf = async (env: Record<string, string>, ...args: readonly string[]) =>
      (await runAtTerminal(['-b', bundle, ...args], env)).stderr
    const port = ['-p', '0']
    expect(await messageOf({ K0RDENTD_REGISTRY_PORT: '70000' })).toContain('--port "70000"')
    expect(await messageOf({ K0RDENT_COSIGN_KEY: 'https://x' }, ...port)).toContain('--cosign-key')
    expect(await messageOf({ K0RDENTD_VERIFY_SIGNATURE: 'true' }, ...port)).toContain(
      'needs --cosign-key',
    )
    expect(await messageOf({ K0RDENTD_REGISTRY_HOST: '256.1.1.1' }, ...port)).toContain('256.1.1.1')
    const storage = join(tempFolder, 'older-storage')
    const packed = aBundle([named(app, 'x:1')]).asTarGz()
    const env = { K0RDENTD_REGISTRY_STORAGE: storage }
    expect((await runAtTerminal(['--check', '-b', packed], env)).code).toBe(0)
    expect(readFileSync(join(storage, `${readdirSync(storage)[0]}`))).toHaveLength(
      treeTar(layout([named(app, 'x:1')])).length,
    )
  })

  test('a present name is stronger than an older one, and a flag is stronger than both', () => {
    const env = { GEN_NODE_REGISTRY_PORT: '1', K0RDENTD_REGISTRY_PORT: '2' }
    expect(parseRegistryCall(['-b', 'x'], env)).toMatchObject({ flags: { port: 1 } })
    expect(parseRegistryCall(['-b', 'x', '-p', '3'], env)).toMatchObject({ flags: { port: 3 } })
    const older = { K0RDENTD_REGISTRY_PORT: '2', K0RDENTD_REGISTRY_CHECK: 'no' }
    expect(parseRegistryCall(['-b', 'x'], older)).toMatchObject({
      kind: 'serve',
      flags: { port: 2 },
    })
  })
})

function sizeOf({ manifest, config, layers }: ReturnType<typeof image>): number {
  return [manifest, config, ...layers].reduce((sum, { size }) => sum + size, 0)
}

describe('--check', () => {
  test('prints names, platforms, sizes and digests, and ends', async () => {
    const arm = image('arm', 'arm64')
    const both = index([app, arm])
    const contents = [app, arm].flatMap(({ manifest, config, layers }) => [
      manifest,
      config,
      ...layers,
    ])
    const images = [named(tool, 'quay.io/b/c:2'), { root: both, with: contents, name: 'a:1' }]
    const { code, stdout, stderr } = await runAtTerminal([
      '--check',
      '-b',
      aBundle(images).asFolder(),
    ])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toBe(
      `quay.io/b/c:2  linux/amd64  ${sizeOf(tool)} B  ${tool.manifest.digest}\n` +
        `a:1  linux/amd64,linux/arm64  ${both.size + sizeOf(app) + sizeOf(arm)} B  ${both.digest}\n`,
    )
  })

  test('finds a missing blob, and with --deep a damaged blob', async () => {
    const tree = layout([named(app, 'a:1'), named(tool, 'b:2')])
    tree.delete(blobPath(tool.config.digest))
    const shallow = await runAtTerminal(['--check', '-b', aBundle(tree).asFolder()])
    expect([shallow.code, shallow.stdout.split(' ')[0]]).toEqual([1, 'a:1'])
    expect(shallow.stderr).toBe(
      `warning: b:2 is not served: blob ${tool.config.digest} is missing or damaged\n`,
    )
    const layer = app.layers[0] ?? app.config
    const damaged = layout([named(app, 'a:1')])
    damaged.set(blobPath(layer.digest), Buffer.alloc(layer.size))
    const folder = aBundle(damaged).asFolder()
    expect((await runAtTerminal(['--check', '-b', folder])).code).toBe(0)
    const deep = await runAtTerminal(['--check', '--deep', '-b', folder])
    expect([deep.code, deep.stdout]).toEqual([1, ''])
    const path = join(folder, blobPath(layer.digest))
    expect(deep.stderr).toContain(`${layer.digest} is not served: ${path}: damaged\n`)
  })

  test('a slow reader gets the whole list', () => {
    const many = Array.from({ length: 3000 }, (_, i) => named(app, `x:${i}`))
    const check = `${genNodeRegistry.join(' ')} --check -b ${aBundle(many).asFolder()}`
    const { stdout } = runs(['sh', '-c', `${check} | (sleep 1; wc -l)`])
    expect(stdout.trim()).toBe('3000')
  })
})

describeWith([root], 'space for the unpacked copy', () => {
  // Compressed layers grow a little by gzip: the tar is smaller than what it is packed into.
  const packed = aBundle([named(image('space', 'amd64', 10_000_000), 'x:1')]).asTarGz('b.tar.gz')
  const storage = mkdtempSync(join(tempFolder, 'space-storage-'))
  const checkWithSpace = (megabytes: number) => {
    const mount = `mount -t tmpfs -o size=${megabytes}m none ${storage}`
    const check = `${genNodeRegistry.join(' ')} --check -b ${packed} -s ${storage}`
    return runs([
      'unshare',
      '--mount',
      'sh',
      '-c',
      `${mount} && ${check}; code=$?; ls ${storage}; exit $code`,
    ])
  }
  const unpacking = 'unpacking b\\.tar\\.gz, 2\\d{7} bytes, to \\S+\n'

  test('is used where it is enough', () => {
    const { code, stderr } = checkWithSpace(100)
    expect(code).toBe(0)
    expect(stderr).toMatch(new RegExp(`^${unpacking}$`))
  })

  test('is not used up: 64 MiB stay free, and no part of the copy remains', () => {
    const { code, stdout, stderr } = checkWithSpace(80)
    expect([code, stdout]).toEqual([1, ''])
    const problem = 'less than 67108864 bytes are free; use another --storage'
    expect(stderr).toMatch(
      new RegExp(
        `^${unpacking}registry: ${packed}: cannot be unpacked to ${storage}: ${problem}\n$`,
      ),
    )
  })
})
