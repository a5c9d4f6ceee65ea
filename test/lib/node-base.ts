/** A small Debian with systemd and cloud-init, made once by debootstrap and used by later runs. */
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

// The seed is a folder and the test configures the network: cloud-init searches for neither.
const settings = `datasource_list: [ NoCloud, None ]
locale: false
network: {config: disabled}
`

const recipe = JSON.stringify({ mirror, packages, settings, edition: 1 })

function baseFolder(): string {
  const hash = createHash('sha256').update(recipe).digest('hex').slice(0, 12)
  return join(cacheFolder, `base-${hash}`)
}

/** An existing base, or debootstrap and a Debian mirror that answers. */
export const nodeBase: Judge = {
  name: 'a Debian base for nodes',
  promised: false,
  missing() {
    if (existsSync(baseFolder())) return null
    const tools = root.missing() ?? judge('debootstrap', 'debootstrap', 'curl').missing()
    if (tools !== null) return tools
    const { code } = runs(['curl', '-fsIm', '10', `${mirror}/dists/bookworm/Release`])
    return code === 0 ? null : `no base in ${cacheFolder}, and ${mirror} does not answer`
  },
}

/** The folder of the base; the first call on a machine takes one or two minutes. */
export async function ensureNodeBase(): Promise<string> {
  const folder = baseFolder()
  if (existsSync(folder)) return folder
  mkdirSync(cacheFolder, { recursive: true })
  const unfinished = `${folder}.${process.pid}.new`
  try {
    await debootstrap(unfinished)
    writeFileSync(join(unfinished, 'etc/cloud/cloud.cfg.d/95_node.cfg'), settings)
    writeFileSync(join(unfinished, 'etc/machine-id'), '')
    for (const path of ['etc/hostname', 'etc/resolv.conf', 'var/cache/apt', 'var/lib/apt/lists']) {
      rmSync(join(unfinished, path), { recursive: true, force: true })
    }
    // The tests that need containerd start it.
    runs(['systemctl', `--root=${unfinished}`, 'disable', 'containerd.service'])
    if (!existsSync(folder)) renameSync(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return folder
}

// debootstrap mounts proc and sys into the folder: in its own mount namespace they end with it.
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
  let log = ''
  child.stdout.on('data', (data: Buffer) => {
    log = (log + data.toString()).slice(-2000)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`debootstrap failed: ${log}`)
}
