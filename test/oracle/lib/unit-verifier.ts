/** systemd-analyze verify on a separate root, with stubs of the programs that units start. */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { PlanUnit } from '../../../src/plan/plan.ts'
import { runs } from '../../lib/judge.ts'

/** systemd-analyze verify for the units of a plan. */
export interface UnitVerifier {
  /** The output, and the exit code if it is not 0; empty if the units are valid. */
  verify(units: readonly PlanUnit[]): string
  close(): void
}

/** Makes the root: systemd's own units, and a folder for the units of a plan. */
export function openUnitVerifier(): UnitVerifier {
  const root = mkdtempSync(join(tmpdir(), 'gen-node-units-'))
  const folder = join(root, 'etc/systemd/system')
  mkdirSync(folder, { recursive: true })
  const system = join(root, 'usr/lib/systemd/system')
  cpSync('/usr/lib/systemd/system', system, { recursive: true, verbatimSymlinks: true })
  return {
    verify(units) {
      for (const name of readdirSync(folder)) rmSync(join(folder, name))
      for (const unit of units) {
        writeFileSync(join(folder, unit.name), unit.content)
        for (const program of programsOf(unit.content)) stubAt(join(root, program))
      }
      if (units.length === 0) return ''
      const paths = units.map(unit => instanceOf(unit.name))
      const { code, stdout, stderr } = runs([
        ...['systemd-analyze', 'verify', '--man=no', `--root=${root}`],
        ...paths,
      ])
      return `${stdout}${stderr}${code === 0 ? '' : `exit code ${code}`}`
    },
    close: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** A template is verified as one of its instances. */
function instanceOf(name: string): string {
  return name.replace(/@\./, '@one.')
}

function programsOf(unit: string): readonly string[] {
  const commands = unit.matchAll(/^Exec[A-Za-z]+=[@:+!-]*(?:"(\/[^"]*)"|(\/\S*))/gm)
  return [...commands].map(([, quoted, bare]) => quoted ?? bare ?? '')
}

function stubAt(path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '#!/bin/sh\n')
  chmodSync(path, 0o755)
}
