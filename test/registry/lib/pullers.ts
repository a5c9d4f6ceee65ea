/** The programs that pull images, each in its own network. */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Line, line1, line2, openContainerd } from '../../lib/containerd-box.ts'
import { crane, goProgram, type Judge, podman, root, skopeo } from '../../lib/judge.ts'
import { type Network, networks, openNetwork } from '../../lib/network.ts'
import { openPodman } from './every-form.ts'

/** What a client has after a pull. */
export interface Pulled {
  /** The digest of the name's manifest; null if the client does not print it. */
  readonly root: string | null
  /** The digest of the config for the requested platform. */
  readonly config: string
}

/** A client in a separate network, where the registry runs too. */
export interface Client extends Network {
  /** Pulls `path:tag` from the registry at 127.0.0.1. */
  pull(name: string, port: number, architecture: string): Promise<Pulled>
}

/** A program that pulls. */
export interface Puller {
  readonly name: string
  readonly judges: readonly Judge[]
  open(folder: string): Promise<Client>
}

/** All clients: each must get the same images. */
export const pullers: readonly Puller[] = [
  { name: 'containerd 1', judges: [line1.inBox], open: folder => byContainerd(folder, line1) },
  { name: 'containerd 2', judges: [line2.inBox], open: folder => byContainerd(folder, line2) },
  { name: 'skopeo', judges: [skopeo, networks], open: bySkopeo },
  { name: 'podman', judges: [podman, root, networks], open: byPodman },
  { name: 'crane', judges: [crane, networks], open: byCrane },
]

async function byContainerd(folder: string, line: Line): Promise<Client> {
  const box = await openContainerd([], line)
  const content = async (digest: string) => JSON.parse(await box.content(digest))
  return {
    ...box,
    async pull(name, port, architecture) {
      const hosts = join(folder, `certs-${port}`)
      mkdirSync(join(hosts, 'quay.io'), { recursive: true })
      const mirror = `server = "http://127.0.0.1:${port}"\n[host."http://127.0.0.1:${port}"]\n`
      writeFileSync(join(hosts, 'quay.io/hosts.toml'), mirror)
      const reference = `quay.io/${name}`
      const pull = await box.pull(reference, hosts, `linux/${architecture}`)
      const { digest } = pull
      if (digest === null) throw new Error(`${reference}: ${pull.error}`)
      const { manifests } = await content(digest)
      const mine = manifests?.find(
        ({ platform }: { platform: { architecture: string } }) =>
          platform.architecture === architecture,
      )
      const { config } = await content(mine?.digest ?? digest)
      // The next bundle has the same images: they must be pulled again.
      await box.ctr('images', 'remove', '--sync', reference)
      return { root: digest, config: config.digest }
    },
  }
}

async function bySkopeo(folder: string): Promise<Client> {
  const network = await openNetwork()
  return {
    ...network,
    async pull(name, port, architecture) {
      const target = mkdtempSync(join(folder, 'skopeo-'))
      const from = `docker://127.0.0.1:${port}/${name}`
      const flags = ['--insecure-policy', '--override-arch', architecture]
      const insecure = (what: string) => [...flags, what, '--src-tls-verify=false', '-q']
      await inside(network, 'skopeo', ...insecure('copy'), from, `dir:${target}`)
      const raw = await inside(
        ...([network, 'skopeo', ...flags, 'inspect', '--tls-verify=false', '--raw', from] as const),
      )
      const { config } = JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8'))
      return { root: sha256(raw), config: config.digest }
    },
  }
}

async function byPodman(): Promise<Client> {
  const network = await openNetwork()
  const { flags, close } = openPodman()
  return {
    ...network,
    async pull(name, port, architecture) {
      const from = `127.0.0.1:${port}/${name}`
      const pull = ['pull', '-q', '--tls-verify=false', '--arch', architecture, from]
      const id = await inside(network, 'podman', ...flags, ...pull)
      await inside(network, 'podman', ...flags, 'rmi', '-f', id.trim())
      return { root: null, config: `sha256:${id.trim()}` }
    },
    async close() {
      await network.close()
      close()
    },
  }
}

async function byCrane(folder: string): Promise<Client> {
  const network = await openNetwork()
  return {
    ...network,
    async pull(name, port, architecture) {
      const from = `127.0.0.1:${port}/${name}`
      const crane = (...argv: readonly string[]) =>
        inside(network, goProgram('crane'), '--insecure', ...argv)
      const platform = ['--platform', `linux/${architecture}`]
      await crane('pull', '--format', 'oci', from, mkdtempSync(join(folder, 'crane-')), ...platform)
      const config = sha256(await crane('config', from, ...platform))
      return { root: (await crane('digest', from)).trim(), config }
    },
  }
}

async function inside(network: Network, ...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await network.run(argv, { timeout: 120_000 })
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  return stdout
}

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
