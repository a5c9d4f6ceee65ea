/** Control groups of the kernel, so that two nodes never share a group. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'

// The mount points that systemd uses: the unified hierarchy, or the two of older machines.
const mounts = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd']

/** Makes a group below the group of this process, in each hierarchy that systemd uses. */
export function makeGroups(name: string): readonly string[] {
  const folders = mounts
    .filter(mount => existsSync(join(mount, 'cgroup.procs')))
    .map(mount => join(mount, ownGroup(mount), name))
  for (const folder of folders) mkdirSync(folder, { recursive: true })
  return folders
}

function ownGroup(mount: string): string {
  const named = mount.endsWith('/systemd') ? 'name=systemd' : ''
  const line = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .map(text => text.split(':'))
    .find(([, hierarchy]) => hierarchy === named)
  return line?.[2] ?? '/'
}

/** Removes groups and all groups below them, after their processes have ended. */
export function removeGroups(folders: readonly string[]): void {
  for (const folder of folders) {
    for (let tries = 0; existsSync(folder) && tries < 100; tries++) {
      removeBelow(folder)
      if (existsSync(folder)) pause(20)
    }
  }
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

function removeBelow(folder: string): void {
  try {
    for (const item of readdirSync(folder, { withFileTypes: true })) {
      if (item.isDirectory()) removeBelow(join(folder, item.name))
    }
    rmdirSync(folder)
  } catch {
    // A process has not ended yet: the caller tries again.
  }
}
