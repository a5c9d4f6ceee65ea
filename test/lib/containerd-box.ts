/** containerd with a root of its own, in a network that has no way out. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { containerd, containerd2, goProgram, type Judge, type Ran } from './judge.ts'
import { type Network, networks, openNetwork, until } from './network.ts'

/** One of containerd's lines, which read certs.d and their own configuration differently. */
export interface Line {
  readonly major: '1' | '2'
  readonly daemon: string
  readonly ctr: string
  readonly config: readonly string[]
  /** Flags that make ctr pull as the CRI does, one platform only, and itself, so that its log has every request. */
  readonly asking: readonly string[]
  /** That line in a network of its own. */
  readonly inBox: Judge
}

/** Debian's containerd, of the line that k0s has up to 1.35. */
export const line1: Line = {
  major: '1',
  daemon: 'containerd',
  ctr: 'ctr',
  config: [
    'version = 2',
    'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.devmapper"]',
  ],
  asking: [],
  inBox: inBox(containerd),
}

/** The containerd of newer k0s and k3s, where Go could build it. */
export const line2: Line = {
  major: '2',
  daemon: goProgram('containerd'),
  ctr: goProgram('ctr'),
  config: [
    'version = 3',
    'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]',
  ],
  asking: ['--local', '--skip-metadata'],
  inBox: inBox(containerd2),
}

/** Debian's containerd in a network of its own. */
export const containerdInBox = line1.inBox

function inBox(one: Judge): Judge {
  return {
    name: `${one.name} in a network of its own`,
    promised: one.promised,
    missing: () => one.missing() ?? networks.missing(),
  }
}

/** A running containerd; a registry for it is started in the same network. */
export interface ContainerdBox extends Network {
  /** Pulls as containerd would with these registry settings (a certs.d folder), for a platform. */
  pull(reference: string, hostsDir: string, platform?: string): Promise<Pull>
  /** Runs ctr to its end. */
  ctr(...argv: readonly string[]): Promise<Ran>
  /** The manifest digests of all images, by reference. */
  images(): Promise<ReadonlyMap<string, string>>
  /** The bytes of one piece of content. */
  content(digest: string): Promise<string>
}

/** How a pull went. */
export interface Pull {
  readonly code: number
  /** The digest that the reference stands for now, or null. */
  readonly digest: string | null
  /** The last line of trouble, or empty. */
  readonly trouble: string
  /** Hosts that were asked, with their ports, in order and once each. */
  readonly asked: readonly string[]
  /** Every request: method and URL, in order. */
  readonly requests: readonly string[]
  readonly log: string
}

/** Starts containerd; further addresses of the network are given as 192.168.1.10/32. */
export async function openContainerd(
  addresses: readonly string[] = [],
  line = line1,
): Promise<ContainerdBox> {
  const network = await openNetwork(addresses)
  try {
    return await containerdIn(network, line)
  } catch (trouble) {
    await network.close()
    throw trouble
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
  await until(`containerd: ${daemon.said()}`, async () => (await ctr('version')).code === 0)
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
      // The native snapshotter needs nothing of the file system below the temporary folder.
      const pulling = ['--debug', 'images', 'pull', ...line.asking, '--snapshotter', 'native']
      pulling.push('--platform', platform)
      const { code, stdout, stderr } = await ctr(...pulling, '--hosts-dir', hostsDir, reference)
      const requests = requestsOf(stderr)
      return {
        code,
        digest: code === 0 ? ((await images()).get(reference) ?? null) : null,
        trouble: code === 0 ? '' : (stderr.trim().split('\n').at(-1) ?? ''),
        asked: [...new Set(requests.map(request => new URL(request.split(' ')[1] as string).host))],
        requests,
        log: stdout + stderr,
      }
    },
  }
}

// ctr does the asking itself and says so: level=debug msg="do request" … request.method=GET url="…"
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
