/** containerd with its own root, in a network without a route to the outside. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { containerd, containerd2, goProgram, type Judge, type Ran } from './judge.ts'
import { type Network, networks, openNetwork, until } from './network.ts'

/** A release line of containerd: the lines read certs.d and config.toml differently. */
export interface Line {
  readonly major: '1' | '2'
  readonly daemon: string
  readonly ctr: string
  readonly config: readonly string[]
  /** Flags with which ctr itself pulls a single platform, so that its log has every request. */
  readonly pullFlags: readonly string[]
  /** The judge: this line in its own network. */
  readonly inBox: Judge
}

/** Debian's containerd, of the line that k0s includes up to 1.35. */
export const line1: Line = {
  major: '1',
  daemon: 'containerd',
  ctr: 'ctr',
  config: [
    'version = 2',
    'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.devmapper"]',
  ],
  pullFlags: [],
  inBox: inBox(containerd),
}

/** The containerd of newer k0s and k3s, if Go has built it. */
export const line2: Line = {
  major: '2',
  daemon: goProgram('containerd'),
  ctr: goProgram('ctr'),
  config: [
    'version = 3',
    'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]',
  ],
  pullFlags: ['--local', '--skip-metadata'],
  inBox: inBox(containerd2),
}

/** Debian's containerd in its own network. */
export const containerdInBox = line1.inBox

function inBox(program: Judge): Judge {
  return {
    name: `${program.name} in its own network`,
    promised: program.promised,
    missing: () => program.missing() ?? networks.missing(),
  }
}

/** A running containerd; the test starts a registry in the same network. */
export interface ContainerdBox extends Network {
  /** Pulls an image of a platform with the registry settings of a certs.d folder. */
  pull(reference: string, hostsDir: string, platform?: string): Promise<Pull>
  /** Runs ctr to its end. */
  ctr(...argv: readonly string[]): Promise<Ran>
  /** The manifest digests of all images, by reference. */
  images(): Promise<ReadonlyMap<string, string>>
  /** The bytes of the content with a digest. */
  content(digest: string): Promise<string>
}

/** The result of a pull. */
export interface Pull {
  readonly code: number
  /** The digest of the reference after the pull, or null after a failure. */
  readonly digest: string | null
  /** The last line of stderr after a failure, or empty. */
  readonly error: string
  /** The hosts of the requests with their ports, in order, each once. */
  readonly hosts: readonly string[]
  /** Every request: method and URL, in order. */
  readonly requests: readonly string[]
  readonly log: string
}

/** Starts containerd; `addresses` are further addresses of the network, such as 192.168.1.10/32. */
export async function openContainerd(
  addresses: readonly string[] = [],
  line = line1,
): Promise<ContainerdBox> {
  const network = await openNetwork(addresses)
  try {
    return await containerdIn(network, line)
  } catch (error) {
    await network.close()
    throw error
  }
}

async function containerdIn(network: Network, line: Line): Promise<ContainerdBox> {
  const socket = join(network.folder, 'containerd.sock')
  const config = join(network.folder, 'config.toml')
  mkdirSync(join(network.folder, 'opt'))
  writeFileSync(
    config,
    [
      ...line.config,
      `root = "${network.folder}/root"`,
      `state = "${network.folder}/state"`,
      '[grpc]',
      `address = "${socket}"`,
      '[plugins."io.containerd.internal.v1.opt"]',
      `path = "${network.folder}/opt"`,
      '',
    ].join('\n'),
  )
  const daemon = network.start([line.daemon, '--config', config])
  const ctr = (...argv: readonly string[]) =>
    network.run([line.ctr, '--address', socket, ...argv], { timeout: 120_000 })
  await until(`containerd: ${daemon.output()}`, async () => (await ctr('version')).code === 0)
  const images = async () =>
    new Map(
      (await ctr('images', 'list')).stdout
        .split('\n')
        .slice(1)
        .map(line => line.split(/\s+/))
        .flatMap(([name, , digest]) => (name && digest ? [[name, digest] as const] : [])),
    )
  return {
    ...network,
    images,
    content: async digest => (await ctr('content', 'get', digest)).stdout,
    ctr,
    async pull(reference, hostsDir, platform = 'linux/amd64') {
      // The native snapshotter works on every file system.
      const pull = ['--debug', 'images', 'pull', ...line.pullFlags, '--snapshotter', 'native']
      pull.push('--platform', platform)
      const { code, stdout, stderr } = await ctr(...pull, '--hosts-dir', hostsDir, reference)
      const requests = requestsOf(stderr)
      return {
        code,
        digest: code === 0 ? ((await images()).get(reference) ?? null) : null,
        error: code === 0 ? '' : (stderr.trim().split('\n').at(-1) ?? ''),
        hosts: [...new Set(requests.map(request => new URL(request.split(' ')[1] as string).host))],
        requests,
        log: stdout + stderr,
      }
    },
  }
}

// ctr logs each request: level=debug msg="do request" … request.method=GET url="…"
function requestsOf(log: string): readonly string[] {
  return log
    .split('\n')
    .filter(line => line.includes('msg="do request"'))
    .flatMap(line => {
      const method = /request\.method=(\S+)/.exec(line)?.[1]
      const url = / url="?([^"\s]+)/.exec(line)?.[1]
      return method && url ? [`${method} ${url}`] : []
    })
}
