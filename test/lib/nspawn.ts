/**
 * Whole nodes: real systemd and real cloud-init, booted by systemd-nspawn on an overlay of the base.
 * The nodes of a site are on one bridge inside the network of the site; the end of the site removes
 * its processes, networks and mounts.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BoxEntry } from './box.ts'
import { makeGroups, removeGroups } from './cgroup.ts'
import { type Judge, judge, type Ran, runs } from './judge.ts'
import {
  childOf,
  enterNamespaces,
  type Network,
  networks,
  openNetwork,
  ownNamespaces,
  type RunOptions,
  ran,
  type Started,
  until,
} from './network.ts'
import { ensureNodeBase, nodeBase } from './node-base.ts'

const nspawnInstalled: Judge = {
  name: 'systemd-nspawn',
  promised: true,
  missing: () => networks.missing() ?? judge('', 'systemd-nspawn', 'nsenter').missing(),
}

// Containers of CI services often must not start containers: this judge is not promised.
const nspawnRuns: Judge = {
  name: 'a machine on which systemd-nspawn can run',
  promised: false,
  missing() {
    if (nspawnInstalled.missing() !== null) return 'systemd-nspawn is not installed'
    const folder = mkdtempSync(join(tmpdir(), 'gen-node-nspawn-'))
    const groups = makeGroups(`gen-node-probe-${process.pid}`)
    try {
      const script = ['sh', '-c', probe, 'sh', folder, groups.join(' ')]
      const { stdout, stderr } = runs(['unshare', ...ownNamespaces, ...script])
      return stdout.includes('it runs')
        ? null
        : stderr.trim().split('\n').at(-1) || 'systemd-nspawn does not start'
    } finally {
      rmSync(folder, { recursive: true, force: true })
      removeGroups(groups)
    }
  },
}

const probe = `set -e
for group in $2; do echo 0 > "$group/cgroup.procs"; done
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs "$1"
cd "$1"
mkdir -p etc proc sys dev run tmp var root usr/lib
for name in bin sbin lib lib64; do ln -s "usr/$name" "$name"; done
cp /usr/lib/os-release usr/lib/
exec systemd-nspawn -q --register=no --keep-unit --private-network --pipe -D "$1" --bind-ro=/usr /bin/echo it runs`

/** The judges that nodes need. */
export const nodeMachines: readonly Judge[] = [nspawnInstalled, nspawnRuns, nodeBase]

/** A bridge with nodes; the test has an address on it. */
export interface Site {
  /** The network of the bridge, for commands such as curl. */
  readonly network: Network
  boot(wanted: NodeToBoot): Promise<Node>
  /** Ends all nodes and removes everything. */
  close(): Promise<void>
}

/** A node to boot. */
export interface NodeToBoot {
  /** Name of the machine and host name, at most 11 characters. */
  readonly name: string
  /** Address on the bridge with its prefix: 192.168.1.10/24. */
  readonly address: string
  readonly userData?: Uint8Array
  readonly extraFiles?: readonly BoxEntry[]
  /** A tar archive that is unpacked over the base, as an image builder does. */
  readonly archive?: Uint8Array
  /** Programs and folders of this machine, mounted read-only in the node. */
  readonly binds?: readonly { readonly from: string; readonly to: string }[]
  /** The default route, for nodes that are not isolated. */
  readonly gateway?: string
}

/** A running node. */
export interface Node {
  readonly name: string
  /** Runs a command in the node as root; a string is a command of sh. */
  exec(command: string | readonly string[], options?: RunOptions): Promise<Ran>
  /** Waits until the command succeeds; throws with the console output after the deadline (60 s by default). */
  waitFor(command: string | readonly string[], milliseconds?: number): Promise<void>
  /** Waits until cloud-init has finished and runs `cloud-init status --long`. */
  cloudInit(milliseconds?: number): Promise<Ran>
  /** Powers off and starts the same disk again. */
  reboot(): Promise<void>
  /** Ends all processes at once, as a power cut does, and starts the same disk again. */
  cutPower(): Promise<void>
  powerOff(): Promise<void>
  console(): string
}

/** Opens a site whose bridge has this address. */
export async function openSite(address = '192.168.1.1/24'): Promise<Site> {
  const base = await ensureNodeBase()
  const network = await openNetwork()
  try {
    const disks = join(network.folder, 'disks')
    await sh(network, makeBridge, [disks, address])
    const groups: string[] = []
    return {
      network,
      boot(wanted) {
        groups.push(...makeGroups(groupOf(network, wanted)))
        return bootNode(network, base, disks, wanted)
      },
      async close() {
        await network.close()
        removeGroups(groups)
      },
    }
  } catch (error) {
    await network.close()
    throw error
  }
}

// nspawn and ip write below /run, so the site has its own; the disks are in memory.
const makeBridge = `set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/netns "$1"
mount -t tmpfs -o mode=0755 tmpfs "$1"
ip link add bridge type bridge
ip address add "$2" dev bridge
ip link set bridge up`

const makeDiskAndInterface = `set -e
disk=$1/$2
mkdir -p "$disk/upper" "$disk/work" "$disk/root"
chmod 755 "$disk/upper"
mount -t overlay overlay -o "lowerdir=$4,upperdir=$disk/upper,workdir=$disk/work" "$disk/root"
ip netns add "$2"
ip link add "v-$2" type veth peer name eth0 netns "$2"
ip link set "v-$2" master bridge up
ip -n "$2" link set lo up
ip -n "$2" address add "$3" dev eth0
ip -n "$2" link set eth0 up
if [ -n "$5" ]; then ip -n "$2" route add default via "$5"; fi`

const writeFile = `set -e
mkdir -p "$(dirname "$1")"
rm -rf "$1"
cat > "$1"
chown "$3" "$1"
chmod "$2" "$1"`

async function bootNode(
  network: Network,
  base: string,
  disks: string,
  wanted: NodeToBoot,
): Promise<Node> {
  const { name } = wanted
  const root = join(disks, name, 'root')
  await sh(network, makeDiskAndInterface, [disks, name, wanted.address, base, wanted.gateway ?? ''])
  for (const entry of [...seedOf(wanted), ...(wanted.extraFiles ?? [])])
    await create(network, root, entry)
  if (wanted.archive !== undefined) {
    await sh(
      network,
      'tar --extract --numeric-owner --preserve-permissions -f -',
      [],
      wanted.archive,
      root,
    )
  }
  const start = () => startMachine(network, root, wanted)
  let machine = await start()
  const exec: Node['exec'] = (command, options = {}) => execIn(machine.leader, command, options)
  const waitFor: Node['waitFor'] = async (command, milliseconds = 60_000) => {
    try {
      await until(
        `${command} on ${name}`,
        async () => (await exec(command)).code === 0,
        milliseconds,
      )
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${machine.started.output().slice(-4000)}`)
    }
  }
  const powerOff = async () => {
    // systemd powers off on SIGRTMIN+4.
    process.kill(machine.leader, 38)
    await machine.started.ended
  }
  return {
    name,
    exec,
    waitFor,
    powerOff,
    console: () => machine.started.output(),
    async cloudInit(milliseconds = 60_000) {
      await waitFor('test -e /run/cloud-init/result.json', milliseconds)
      return exec('cloud-init status --long')
    },
    async reboot() {
      await powerOff()
      machine = await start()
    },
    async cutPower() {
      process.kill(machine.leader, 'SIGKILL')
      await machine.started.ended
      machine = await start()
    },
  }
}

interface Machine {
  readonly started: Started
  /** The systemd of the node, as a process number of this machine. */
  readonly leader: number
}

async function startMachine(network: Network, root: string, wanted: NodeToBoot): Promise<Machine> {
  const groups = makeGroups(groupOf(network, wanted))
  const command = [
    ...['systemd-nspawn', '-q', '-D', root, '--register=no', '--keep-unit', '--boot'],
    ...[`--machine=${wanted.name}`, `--hostname=${wanted.name}`, '--console=pipe'],
    ...[`--network-namespace-path=/run/netns/${wanted.name}`, '--resolv-conf=off'],
    ...['--capability=all', '--system-call-filter=@known'],
    ...(wanted.binds ?? []).map(({ from, to }) => `--bind-ro=${from}:${to}`),
  ]
  const started = network.start(['sh', '-c', startInGroups, 'sh', groups.join(' '), ...command])
  let leader = 0
  await until(`systemd of ${wanted.name}: ${started.output()}`, () => {
    leader = leaderOf(started.child.pid as number)
    return leader !== 0
  })
  return { started, leader }
}

// nspawn makes the node's groups below its own group: without this all nodes would share their groups.
const startInGroups = `for group in $1; do echo 0 > "$group/cgroup.procs"; done
shift
exec "$@"`

function groupOf(network: Network, wanted: NodeToBoot): string {
  return `gen-node-${network.pid}-${wanted.name}`
}

// nsenter -> systemd-nspawn -> the node's systemd. Before systemd starts, a process of this chain has
// no child, or a child that only makes namespaces.
function leaderOf(pid: number): number {
  try {
    const leader = childOf(childOf(pid))
    return /^(systemd|init)$/.test(readFileSync(`/proc/${leader}/comm`, 'utf8').trim()) ? leader : 0
  } catch {
    return 0
  }
}

const nodePath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

function execIn(
  leader: number,
  command: string | readonly string[],
  options: RunOptions,
): Promise<Ran> {
  const argv = typeof command === 'string' ? ['/bin/sh', '-c', command] : command
  const environment = ['/usr/bin/env', '-i', `PATH=${nodePath}`, 'HOME=/root', 'LANG=C.UTF-8']
  const more = Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`)
  const flags = ['-m', '-u', '-i', '-n', '-p', '-r', '-w']
  return ran(enterNamespaces(leader, flags, [...environment, ...more, ...argv], {}), options)
}

const seed = '/var/lib/cloud/seed/nocloud'

function seedOf(wanted: NodeToBoot): readonly BoxEntry[] {
  return [
    {
      path: `${seed}/meta-data`,
      content: `instance-id: ${wanted.name}-1\nlocal-hostname: ${wanted.name}\n`,
    },
    { path: `${seed}/user-data`, content: wanted.userData ?? '#cloud-config\n{}\n' },
  ]
}

async function create(network: Network, root: string, entry: BoxEntry): Promise<void> {
  if (entry.kind === 'link') {
    await sh(
      network,
      'mkdir -p "$(dirname "$1")" && ln -sfn "$2" "$1"',
      [entry.path, entry.target],
      '',
      root,
    )
    return
  }
  const owner = entry.owner ?? 'root:root'
  if (entry.kind === 'directory') {
    const mode = (entry.mode ?? 0o755).toString(8)
    await sh(
      network,
      'mkdir -p "$1" && chown "$3" "$1" && chmod "$2" "$1"',
      [entry.path, mode, owner],
      '',
      root,
    )
    return
  }
  const mode = (entry.mode ?? 0o644).toString(8)
  await sh(network, writeFile, [entry.path, mode, owner], entry.content, root)
}

/** Runs a script in the network and in a root; throws if it fails. */
async function sh(
  network: Network,
  script: string,
  args: readonly string[],
  input: string | Uint8Array = '',
  root = '/',
): Promise<void> {
  const { code, stderr } = await network.run(
    ['chroot', root, '/bin/sh', '-c', script, 'sh', ...args],
    { input },
  )
  if (code !== 0) throw new Error(`${script}: ${stderr}`)
}
