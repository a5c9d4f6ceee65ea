/** The real systemctl accepts the commands of user-data, also with unit names that begin with a hyphen. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { parseYaml11, plainOf } from '../../src/codec/pyyaml.ts'
import { differenceOf } from '../../src/plan/tree.ts'
import { appliedTree } from '../lib/applied.ts'
import { aSpec } from '../lib/builders.ts'
import { plansOf, sourceOf } from '../lib/cases.ts'
import { applyCloudInit, cloudInit } from '../lib/cloud-init-box.ts'
import { describeWith, judge, runs } from '../lib/judge.ts'
import { inspect, treeOf } from '../lib/stages.ts'
import { bytesOf } from './lib/machines.ts'

// The root slice and the root mount of systemd.special(7), and a name that a user can choose.
const names = ['-.slice', '-.mount', '-x.service']
const unitOf = (name: string) =>
  `{name: ${name}, content: "[Unit]\\n[Install]\\nWantedBy=multi-user.target\\n"}`
const [plan] = plansOf(
  sourceOf(
    aSpec({ nodes: [`{name: w1, role: worker, units: [${names.map(unitOf).join(', ')}]}`] }),
  ),
  '/',
)
if (plan === undefined) throw new Error('the spec has no node')

it('user-data and Ignition configs with such unit names are inspected as the plan', () => {
  for (const format of ['cloud-init', 'ignition'] as const) {
    const read = inspect(bytesOf(plan, { format }))
    expect(read.ok && differenceOf(treeOf(plan), read.value)).toBeNull()
  }
})

describeWith([judge('systemctl', 'systemctl')], 'systemctl', () => {
  const root = mkdtempSync(join(tmpdir(), 'gen-node-systemctl-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it('enables and starts every unit', () => {
    const folder = join(root, 'etc/systemd/system')
    mkdirSync(folder, { recursive: true })
    for (const unit of plan.units) writeFileSync(join(folder, unit.name), unit.content)
    const commands = systemctlCalls(bytesOf(plan, { format: 'cloud-init', gzip: 'never' }))
    expect(commands.map(([verb]) => verb)).toEqual([
      'daemon-reload',
      ...plan.units.map(() => 'enable'),
      'start',
    ])
    for (const args of commands) {
      // Only enable knows --root. Offline, the others read their arguments and stop there.
      const where = args[0] === 'enable' ? [`--root=${root}`] : []
      const { code, stderr } = runs(['env', 'SYSTEMD_OFFLINE=1', 'systemctl', ...where, ...args])
      expect(code, `${args.join(' ')}: ${stderr}`).toBe(0)
    }
    expect(runs(['systemctl', `--root=${root}`, 'is-enabled', '--', ...names]).stdout).toBe(
      'enabled\n'.repeat(names.length),
    )
  })
})

describeWith([cloudInit], 'cloud-init', () => {
  it('creates the plan', async () => {
    const applied = await applyCloudInit(bytesOf(plan, { format: 'cloud-init' }))
    expect(differenceOf(appliedTree(applied, treeOf(plan)), treeOf(plan))).toBeNull()
  })
})

function systemctlCalls(userData: Uint8Array): readonly (readonly string[])[] {
  const read = parseYaml11(Buffer.from(userData).toString())
  const config = read.ok ? (plainOf(read.value) as { runcmd?: readonly string[][] }) : {}
  return (config.runcmd ?? []).filter(([name]) => name === 'systemctl').map(call => call.slice(1))
}
