/**
 * Whole nodes: real systemd and real cloud-init, booted by systemd-nspawn on an overlay of the base.
 * All nodes of a site are on one bridge inside a network of the site's own; everything, mounts too,
 * is gone with the site.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Laid } from './box.ts'
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

// Containers of CI services often may not start containers themselves; that nobody promised.
const nspawnRuns: Judge = {
  name: 'a machine on which systemd-nspawn can run',
  promised: false,
  missing() {
    if (nspawnInstalled.missing() !== null) return 'systemd-nspawn is not there'
    const folder = mkdtempSync(join(tmpdir(), 'gen-node-nspawn-'))
    const groups = makeGroups(`gen-node-probe-${process.pid}`)
    try {
      const script = ['sh', '-c', probe, 'sh', folder, groups.join(' ')]
      const tried = runs(['unshare', ...ownNamespaces, ...script])
      return tried.stdout.includes('it runs')
        ? null
        : tried.stderr.trim().split('\n').at(-1) || 'it does not start'
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

/** What booting nodes needs. */
export const nodeMachines: readonly Judge[] = [nspawnInstalled, nspawnRuns, nodeBase]

/** A bridge with nodes; the test itself has an address on it. */
export interface Site {
  /** The network in which the bridge is, for commands such as curl. */
  readonly network: Network
  boot(wanted: WantedNode): Promise<Node>
  /** Ends all nodes at once and leaves nothing. */
  close(): Promise<void>
}

/** A node to boot. */
export interface WantedNode {
  /** Machine and host name, at most 11 characters. */
  readonly name: string
  /** Address on the bridge with its prefix: 192.168.1.10/24. */
  readonly address: string
  readonly userData?: Uint8Array
  readonly extraFiles?: readonly Laid[]
  /** A tar archive that is unpacked over the base, as an image builder would do it. */
  readonly archive?: Uint8Array
  /** Programs and folders of this machine, read-only in the node. */
  readonly binds?: readonly { readonly from: string; readonly to: string }[]
  /** A default route, for nodes that are not isolated. */
  readonly gateway?: string
}

/** A node that was booted. */
export interface Node {
  readonly name: string
  /** Runs a command inside as root; a text is one for sh. */
  exec(command: string | readonly string[], options?: RunOptions): Promise<Ran>
  /** Waits until the command succeeds; throws with the console after the deadline (60 s by default). */
  waitFor(command: string | readonly string[], milliseconds?: number): Promise<void>
  /** Waits until cloud-init has finished and gives what `cloud-init status --long` says. */
  cloudInit(milliseconds?: number): Promise<Ran>
  /** Powers off and starts the same disk again. */
  reboot(): Promise<void>
  powerOff(): Promise<void>
  console(): string
}

/** Opens a site whose bridge has this address. */
export async function openSite(address = '192.168.1.1/24'): Promise<Site> {
  const base = await ensureNodeBase()
  const network = await openNetwork()
  try {
    const disks = join(network.folder, 'disks')
    await sh(network, opening, [disks, address])
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
  } catch (trouble) {
    await network.close()
    throw trouble
  }
}

// What nspawn and ip write below /run must not be this machine's; disks in memory leave with the site.
const opening = `set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/netns "$1"
mount -t tmpfs -o mode=0755 tmpfs "$1"
ip link add bridge type bridge
ip address add "$2" dev bridge
ip link set bridge up`

const wiring = `set -e
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

const laying = `set -e
mkdir -p "$(dirname "$1")"
rm -rf "$1"
cat > "$1"
chown "$3" "$1"
chmod "$2" "$1"`

async function bootNode(
  network: Network,
  base: string,
  disks: string,
  wanted: WantedNode,
): Promise<Node> {
  const { name } = wanted
  const place = join(disks, name, 'root')
  await sh(network, wiring, [disks, name, wanted.address, base, wanted.gateway ?? ''])
  for (const laid of [...seedOf(wanted), ...(wanted.extraFiles ?? [])])
    await lay(network, place, laid)
  if (wanted.archive !== undefined) {
    await sh(
      network,
      'tar --extract --numeric-owner --preserve-permissions -f -',
      [],
      wanted.archive,
      place,
    )
  }
  const start = () => startMachine(network, place, wanted)
  let machine = await start()
  const exec: Node['exec'] = (command, options = {}) => execIn(machine.leader, command, options)
  const waitFor: Node['waitFor'] = async (command, milliseconds = 60_000) => {
    try {
      await until(
        `${command} on ${name}`,
        async () => (await exec(command)).code === 0,
        milliseconds,
      )
    } catch (trouble) {
      throw new Error(`${(trouble as Error).message}\n${machine.started.said().slice(-4000)}`)
    }
  }
  const powerOff = async () => {
    // SIGRTMIN+4 tells the systemd inside to power off.
    process.kill(machine.leader, 38)
    await machine.started.ended
  }
  return {
    name,
    exec,
    waitFor,
    powerOff,
    console: () => machine.started.said(),
    async cloudInit(milliseconds = 60_000) {
      await waitFor('test -e /run/cloud-init/result.json', milliseconds)
      return exec('cloud-init status --long')
    },
    async reboot() {
      await powerOff()
      machine = await start()
    },
  }
}

interface Machine {
  readonly started: Started
  /** The systemd of the node, as this machine counts processes. */
  readonly leader: number
}

async function startMachine(network: Network, place: string, wanted: WantedNode): Promise<Machine> {
  const groups = makeGroups(groupOf(network, wanted))
  const command = [
    ...['systemd-nspawn', '-q', '-D', place, '--register=no', '--keep-unit', '--boot'],
    ...[`--machine=${wanted.name}`, `--hostname=${wanted.name}`, '--console=pipe'],
    ...[`--network-namespace-path=/run/netns/${wanted.name}`, '--resolv-conf=off'],
    ...['--capability=all', '--system-call-filter=@known'],
    ...(wanted.binds ?? []).map(({ from, to }) => `--bind-ro=${from}:${to}`),
  ]
  const started = network.start(['sh', '-c', starting, 'sh', groups.join(' '), ...command])
  let leader = 0
  await until(`systemd of ${wanted.name}: ${started.said()}`, () => {
    leader = leaderOf(started.child.pid as number)
    return leader !== 0
  })
  return { started, leader }
}

// nspawn makes the node's groups below its own: without this all nodes would be in the same ones.
const starting = `for group in $1; do echo 0 > "$group/cgroup.procs"; done
shift
exec "$@"`

function groupOf(network: Network, wanted: WantedNode): string {
  return `gen-node-${network.pid}-${wanted.name}`
}

// nsenter -> systemd-nspawn -> the node's systemd; before that is there, one of them has no child, or
// one that only makes namespaces and is gone soon.
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
  const clean = ['/usr/bin/env', '-i', `PATH=${nodePath}`, 'HOME=/root', 'LANG=C.UTF-8']
  const given = Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`)
  const flags = ['-m', '-u', '-i', '-n', '-p', '-r', '-w']
  return ran(enterNamespaces(leader, flags, [...clean, ...given, ...argv], {}), options)
}

const seed = '/var/lib/cloud/seed/nocloud'

function seedOf(wanted: WantedNode): readonly Laid[] {
  return [
    {
      path: `${seed}/meta-data`,
      content: `instance-id: ${wanted.name}-1\nlocal-hostname: ${wanted.name}\n`,
    },
    { path: `${seed}/user-data`, content: wanted.userData ?? '#cloud-config\n{}\n' },
  ]
}

async function lay(network: Network, place: string, laid: Laid): Promise<void> {
  if (laid.kind === 'link') {
    await sh(
      network,
      'mkdir -p "$(dirname "$1")" && ln -sfn "$2" "$1"',
      [laid.path, laid.target],
      '',
      place,
    )
    return
  }
  const owner = laid.owner ?? 'root:root'
  if (laid.kind === 'directory') {
    const mode = (laid.mode ?? 0o755).toString(8)
    await sh(
      network,
      'mkdir -p "$1" && chown "$3" "$1" && chmod "$2" "$1"',
      [laid.path, mode, owner],
      '',
      place,
    )
    return
  }
  const mode = (laid.mode ?? 0o644).toString(8)
  await sh(network, laying, [laid.path, mode, owner], laid.content, place)
}

/** Runs a script in the network, in another root where one is given; throws when it fails. */
async function sh(
  network: Network,
  script: string,
  args: readonly string[],
  input: string | Uint8Array = '',
  place = '/',
): Promise<void> {
  const { code, stderr } = await network.run(
    ['chroot', place, '/bin/sh', '-c', script, 'sh', ...args],
    { input },
  )
  if (code !== 0) throw new Error(`${script}: ${stderr}`)
}
