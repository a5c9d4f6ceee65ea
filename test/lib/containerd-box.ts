/** Debian's containerd with a root of its own, in a network that has no way out. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { containerd, type Judge } from './judge.ts'
import { type Network, networks, openNetwork, until } from './network.ts'

/** containerd in a network of its own. */
export const containerdInBox: Judge = {
  name: 'containerd in a network of its own',
  promised: true,
  missing: () => networks.missing() ?? containerd.missing(),
}

/** A running containerd; a registry for it is started in the same network. */
export interface ContainerdBox extends Network {
  /** Pulls as containerd would with these registry settings (a certs.d folder). */
  pull(reference: string, hostsDir: string): Promise<Pull>
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
export async function openContainerd(addresses: readonly string[] = []): Promise<ContainerdBox> {
  const network = await openNetwork(addresses)
  try {
    return await containerdIn(network)
  } catch (trouble) {
    await network.close()
    throw trouble
  }
}

async function containerdIn(network: Network): Promise<ContainerdBox> {
  const socket = join(network.folder, 'containerd.sock')
  const config = join(network.folder, 'config.toml')
  mkdirSync(join(network.folder, 'opt'))
  writeFileSync(
    config,
    [
      'version = 2',
      `root = "${network.folder}/root"`,
      `state = "${network.folder}/state"`,
      'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.devmapper"]',
      '[grpc]',
      `address = "${socket}"`,
      '[plugins."io.containerd.internal.v1.opt"]',
      `path = "${network.folder}/opt"`,
      '',
    ].join('\n'),
  )
  const daemon = network.start(['containerd', '--config', config])
  const ctr = (...argv: readonly string[]) =>
    network.run(['ctr', '--address', socket, ...argv], { timeout: 120_000 })
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
    async pull(reference, hostsDir) {
      // The native snapshotter needs nothing of the file system below the temporary folder.
      const { code, stdout, stderr } = await ctr(
        ...[
          '--debug',
          'images',
          'pull',
          '--snapshotter',
          'native',
          '--hosts-dir',
          hostsDir,
          reference,
        ],
      )
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
