/** The validators of the target programs accept random plans: cloud-init's schema and ignition-validate. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { versions } from '../../src/emit/ignition/versions.ts'
import type { NodePlan } from '../../src/plan/plan.ts'
import { aPlan } from '../emit/plans.ts'
import { cloudInitSchema, describeWith, ignitionValidate, runs } from '../lib/judge.ts'
import { artifactOf, ignitionVersion, type Rendering } from '../lib/rendered.ts'
import { answers, pythonWith } from './lib/python.ts'

const folder = mkdtempSync(join(tmpdir(), 'gen-node-validators-'))
afterAll(() => rmSync(folder, { recursive: true }))

function textOf(plan: NodePlan, settings: Partial<Rendering> = {}): string {
  return Buffer.from(artifactOf(plan, settings).bytes).toString('utf8')
}

const program = `
import json, logging, sys, yaml
logging.disable(logging.CRITICAL)
from cloudinit.config.schema import get_schema, validate_cloudconfig_schema
schema = get_schema()
out = []
for text in json.load(sys.stdin):
    try:
        validate_cloudconfig_schema(yaml.safe_load(text), schema, strict=True)
        out.append(None)
    except Exception as e:
        out.append(str(e))
json.dump(out, sys.stdout)`

describeWith([pythonWith('yaml', 'cloudinit.config.schema')], "cloud-init's schema", () => {
  it('reports nothing', () => {
    const texts = fc.sample(aPlan(0o7777), 300).map(plan => textOf(plan))
    for (const [at, verdict] of answers(program, texts).entries())
      expect(verdict, texts[at]).toBeNull()
  })
})

describeWith([cloudInitSchema], '`cloud-init schema -c`', () => {
  it('prints that user-data is valid', () => {
    for (const plan of fc.sample(aPlan(), 8)) {
      const file = join(folder, 'user-data')
      writeFileSync(file, textOf(plan))
      const { stdout, stderr } = runs(['cloud-init', 'schema', '-c', file])
      expect(`${stdout}${stderr}`.trim()).toMatch(/^Valid cloud-config: \S+$/)
    }
  })
})

describeWith([ignitionValidate], 'ignition-validate', () => {
  it('prints nothing', { timeout: 60_000 }, () => {
    for (const { version } of versions) {
      const highestMode = version === '3.6.0' ? 0o7777 : 0o777
      for (const plan of fc.sample(aPlan(highestMode), 40)) {
        // Debian's 2.14 knows 3.3.0 at most; later versions changed nothing that is written here.
        const known = version > '3.3.0' ? '3.3.0' : version
        const options = ignitionVersion(version)
        const text = textOf(plan, { format: 'ignition', options }).replace(
          `"version":"${version}"`,
          `"version":"${known}"`,
        )
        const { stdout, stderr } = runs(['ignition-validate', '-'], text)
        const lines = `${stdout}${stderr}`
          .split('\n')
          .filter(line => !(highestMode > 0o777 && /setuid|setgid|sticky/.test(line)))
        expect(lines.join('\n'), text).toBe('')
      }
    }
  })
})
