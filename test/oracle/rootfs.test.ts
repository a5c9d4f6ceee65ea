/** Archives of a root file system, unpacked by GNU tar and written by GNU tar. test/e2e/rootfs.test.ts boots them. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { aPlan, aPlanFile } from '../lib/builders.ts'
import { describeWith, judge, root, runOrThrow, runs } from '../lib/judge.ts'
import { artifactOf, rendered } from '../lib/rendered.ts'
import { inspect, type NodePlan, treeOf } from '../lib/stages.ts'
import { linksBelow } from './lib/links.ts'
import { bytesOf, goldenMachines } from './lib/machines.ts'

const systemctl = judge('systemctl', 'systemctl')
const gnuTar = judge('GNU tar', 'tar')
const folder = mkdtempSync(join(tmpdir(), 'gen-node-rootfs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describeWith([gnuTar, root], 'GNU tar', () => {
  const machines = goldenMachines().filter(({ plan }) => rendered(plan, { format: 'rootfs' }).ok)
  let unpacked = 0

  /** Unpacks the archive of a plan over a folder and gives the stderr of tar. */
  function unpack(plan: NodePlan, place: string): string {
    const file = join(folder, 'rootfs.tar')
    mkdirSync(place, { recursive: true })
    writeFileSync(file, bytesOf(plan, { format: 'rootfs' }))
    return runs(['tar', '--numeric-owner', '-xpf', file, '-C', place]).stderr
  }

  it.each(machines)('$title: the unpacked tree is the plan', ({ plan }) => {
    const place = join(folder, `unpacked-${unpacked++}`)
    expect(unpack(plan, place)).toBe('')
    for (const entry of treeOf(plan).entries) {
      const stat = lstatSync(join(place, entry.path))
      expect([stat.uid, stat.gid, stat.mtimeMs]).toEqual([0, 0, 0])
      if (entry.kind !== 'link') expect(stat.mode & 0o7777, entry.path).toBe(entry.mode)
      if (entry.kind === 'file') {
        expect(Buffer.from(entry.content).equals(readFileSync(join(place, entry.path)))).toBe(true)
      }
      if (entry.kind === 'link') expect(readlinkSync(join(place, entry.path))).toBe(entry.target)
    }
  })

  it('most golden nodes can be written as an archive', () => {
    expect(machines.length).toBeGreaterThan(goldenMachines().length / 2)
  })

  it('systemctl enables the same units, and the tree has no other entries', ({ skip }) => {
    skip(systemctl.missing() !== null, 'systemctl is not installed')
    for (const { title, plan } of machines) {
      const place = join(folder, `unpacked-${unpacked++}`)
      const other = join(folder, `enabled-${unpacked}`)
      expect(unpack(plan, place)).toBe('')
      for (const entry of treeOf(plan).entries) {
        const path = join(other, entry.path)
        mkdirSync(entry.kind === 'directory' ? path : dirname(path), { recursive: true })
        if (entry.kind === 'file') writeFileSync(path, entry.content)
        if (entry.kind === 'link') symlinkSync(entry.target, path)
      }
      for (const { name } of plan.units.filter(unit => unit.enabled))
        runOrThrow('systemctl', `--root=${other}`, 'enable', '--', name)
      expect(pathsBelow(place), title).toEqual(pathsBelow(other))
      expect(linksBelow(place), title).toEqual(linksBelow(other))
    }
  })

  it('existing directories keep their type, mode and owner', () => {
    const place = join(folder, 'system')
    for (const path of ['usr/bin', 'usr/lib', 'root', 'home/ops', 'var/opt'])
      mkdirSync(join(place, path), { recursive: true })
    for (const name of ['bin', 'lib']) symlinkSync(`usr/${name}`, join(place, name))
    symlinkSync('var/opt', join(place, 'opt'))
    chmodSync(join(place, 'root'), 0o700)
    runOrThrow('chown', '1000:1000', join(place, 'home/ops'))
    const paths = ['/bin/tool', '/lib/x/y', '/opt/z', '/root/.profile', '/home/ops/note']
    const plan = aPlan({
      files: paths.map(path => aPlanFile(path, { content: new Uint8Array([10]) })),
    })
    expect(unpack(plan, place)).toBe('')
    expect(linksBelow(place)).toEqual(['/bin -> usr/bin', '/lib -> usr/lib', '/opt -> var/opt'])
    expect(lstatSync(join(place, 'root')).mode & 0o7777).toBe(0o700)
    expect(lstatSync(join(place, 'home/ops')).uid).toBe(1000)
    for (const path of [
      'usr/bin/tool',
      'usr/lib/x/y',
      'var/opt/z',
      'root/.profile',
      'home/ops/note',
    ])
      expect(lstatSync(join(place, path)).isFile(), path).toBe(true)
  })
})

function pathsBelow(place: string): readonly string[] {
  return readdirSync(place, { recursive: true }).map(String).sort()
}

describeWith([gnuTar], 'archives of GNU tar', () => {
  it('a sparse file in pax form has unknown content', () => {
    const place = join(folder, 'sparse')
    mkdirSync(place, { recursive: true })
    runOrThrow('truncate', '-s', '2M', join(place, 'big'))
    const archive = join(place, 'a.tar')
    runOrThrow('tar', '--format=posix', '-S', '-C', place, '-cf', archive, 'big')
    const inspected = inspect(readFileSync(archive))
    expect(inspected.ok && inspected.value.entries).toEqual([])
    expect(inspected.ok && inspected.value.unmodelled.map(({ what }) => what)).toEqual([
      'the archive entry big',
    ])
  })

  it('a link of the system stays a link when a file below it is unpacked', () => {
    const place = join(folder, 'linked')
    mkdirSync(join(place, 'etc/pki/certs'), { recursive: true })
    mkdirSync(join(place, 'etc/ssl'))
    symlinkSync('../pki/certs', join(place, 'etc/ssl/certs'))
    const plan = aPlan({ files: [aPlanFile('/etc/ssl/certs/site.pem', {})] })
    const archive = join(folder, 'linked.tar')
    writeFileSync(archive, artifactOf(plan, { format: 'rootfs' }).bytes)
    runOrThrow('tar', '-C', place, '-xpf', archive)
    expect(lstatSync(join(place, 'etc/ssl/certs')).isSymbolicLink()).toBe(true)
    expect(existsSync(join(place, 'etc/pki/certs/site.pem'))).toBe(true)
  })
})
