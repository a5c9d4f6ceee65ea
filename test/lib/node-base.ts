/** A small Debian with systemd and cloud-init, made once by debootstrap and kept for later runs. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, type Judge, judge, root, runs, toolPath } from './judge.ts'

const mirror = 'http://deb.debian.org/debian'

const packages = [
  ...['systemd', 'systemd-sysv', 'dbus', 'cloud-init', 'python3-cffi-backend', 'sudo'],
  ...['iproute2', 'iptables', 'kmod', 'procps', 'curl', 'ca-certificates', 'nodejs', 'containerd'],
]

// The seed is in the tree, and the test made the network: cloud-init has nothing to look for.
const settings = `datasource_list: [ NoCloud, None ]
locale: false
network: {config: disabled}
`

const recipe = JSON.stringify({ mirror, packages, settings, edition: 1 })

function baseFolder(): string {
  const hash = createHash('sha256').update(recipe).digest('hex').slice(0, 12)
  return join(cacheFolder, `base-${hash}`)
}

/** Whether a base is there or can be made: debootstrap, and a Debian mirror that answers. */
export const nodeBase: Judge = {
  name: 'a Debian base for nodes',
  promised: false,
  missing() {
    if (existsSync(baseFolder())) return null
    const tools = root.missing() ?? judge('debootstrap', 'debootstrap', 'curl').missing()
    if (tools !== null) return tools
    const asked = runs(['curl', '-fsIm', '10', `${mirror}/dists/bookworm/Release`])
    return asked.code === 0 ? null : `no base in ${cacheFolder}, and ${mirror} does not answer`
  },
}

/** The folder of the base; the first call on a machine takes a minute or two. */
export async function ensureNodeBase(): Promise<string> {
  const folder = baseFolder()
  if (existsSync(folder)) return folder
  mkdirSync(cacheFolder, { recursive: true })
  const making = `${folder}.${process.pid}.new`
  try {
    await debootstrap(making)
    writeFileSync(join(making, 'etc/cloud/cloud.cfg.d/95_node.cfg'), settings)
    writeFileSync(join(making, 'etc/machine-id'), '')
    for (const path of ['etc/hostname', 'etc/resolv.conf', 'var/cache/apt', 'var/lib/apt/lists']) {
      rmSync(join(making, path), { recursive: true, force: true })
    }
    // A node's containerd is started by whoever wants it.
    runs(['systemctl', `--root=${making}`, 'disable', 'containerd.service'])
    if (!existsSync(folder)) renameSync(making, folder)
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
  return folder
}

// debootstrap mounts proc and sys into what it makes: in mounts of its own they are gone with it.
async function debootstrap(folder: string): Promise<void> {
  const child = spawn(
    'unshare',
    [
      '--mount',
      'debootstrap',
      '--variant=minbase',
      `--include=${packages}`,
      'bookworm',
      folder,
      mirror,
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: toolPath, HOME: '/root', LC_ALL: 'C.UTF-8' },
    },
  )
  let said = ''
  child.stdout.on('data', (data: Buffer) => {
    said = (said + data.toString()).slice(-2000)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`debootstrap failed: ${said}`)
}
