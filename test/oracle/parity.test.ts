/**
 * The same plan in four forms: the result of the real cloud-init, of the real Ignition and of inspect
 * equals the plan. The checkers of single parts, such as shellcheck, report nothing.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { versions } from '../../src/emit/ignition/versions.ts'
import { differenceOf } from '../../src/plan/tree.ts'
import { appliedTree } from '../lib/applied.ts'
import { applyCloudInitMany, type CloudInitApplied, cloudInit } from '../lib/cloud-init-box.ts'
import {
  applyIgnitionMany,
  forOldIgnition,
  type IgnitionApplied,
  ignition,
} from '../lib/ignition-box.ts'
import {
  cloudInitSchema,
  describeWith,
  ignitionValidate,
  pyYaml,
  randomRuns,
  runs,
  shellcheck,
  systemdAnalyze,
} from '../lib/judge.ts'
import { ignitionVersion } from '../lib/rendered.ts'
import { inspect, type NodePlan, treeOf } from '../lib/stages.ts'
import { type Drawn, drawSpecs, planDrawn, seed } from '../property/specs.ts'
import { artifactOf, bytesOf, goldenMachines, type Machine } from './lib/machines.ts'
import { type Read, readAll } from './lib/py-yaml.ts'
import { openUnitVerifier, type UnitVerifier } from './lib/unit-verifier.ts'

const machines = goldenMachines()
const titles = machines.map((machine, at) => [machine.title, at] as const)
const at = <T>(list: readonly T[], index: number): T => list[index] as T

describe('inspect', () => {
  const wants = [
    { format: 'cloud-init', gzip: 'never' },
    { format: 'cloud-init', gzip: 'always' },
    { format: 'ignition' },
  ] as const
  it.each(machines)('$title: the tree of every format is the plan', ({ plan }) => {
    for (const want of wants) expect(problemOfBytes(plan, bytesOf(plan, want))).toBeNull()
  })
})

describeWith([cloudInit], 'cloud-init', () => {
  describe.each(['never', 'always'] as const)('gzip %s', gzip => {
    let applied: readonly CloudInitApplied[] = []
    beforeAll(async () => {
      const documents = machines.map(({ plan }) => bytesOf(plan, { format: 'cloud-init', gzip }))
      applied = await applyCloudInitMany(documents)
    })
    it.each(titles)('%s: the result is the plan', (_, index) => {
      expect(problemOfCloudInit(at(machines, index).plan, at(applied, index))).toBeNull()
    })
  })
})

describeWith([ignition], 'Ignition', () => {
  describe.each(versions.map(row => row.version))('%s', version => {
    const options = ignitionVersion(version)
    const accepted = machines.flatMap(({ title, plan }) => {
      const artifact = artifactOf(plan, { format: 'ignition', options })
      return artifact === null ? [] : [{ title, plan, bytes: artifact.bytes }]
    })
    let applied: readonly IgnitionApplied[] = []
    beforeAll(async () => {
      applied = await applyIgnitionMany(accepted.map(({ bytes }) => bytes))
    })
    it('can express every golden node without special mode bits', () => {
      const expressible = machines.filter(
        ({ plan }) => version >= '3.6.0' || !plan.files.some(isSpecial),
      )
      expect(accepted.map(({ title }) => title)).toEqual(expressible.map(({ title }) => title))
    })
    it.each(accepted.map(({ title }, index) => [title, index] as const))(
      '%s: the result is the plan',
      (_, index) => {
        expect(problemOfIgnition(at(accepted, index).plan, at(applied, index))).toBeNull()
      },
    )
  })
})

describeWith([cloudInitSchema], 'cloud-init schema', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-schema-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  it.each(machines)('$title: the user-data is valid', ({ plan }) => {
    const file = join(folder, 'user-data')
    writeFileSync(file, bytesOf(plan, { format: 'cloud-init' }))
    expect(runs(['cloud-init', 'schema', '-c', file])).toEqual({
      code: 0,
      stdout: `Valid cloud-config: ${file}\n`,
      stderr: '',
    })
  })
})

describeWith([ignitionValidate], 'ignition-validate', () => {
  it.each(versions)('$version: every config is valid', ({ version }) => {
    for (const { title, plan } of machines) {
      const options = ignitionVersion(version)
      const artifact = artifactOf(plan, { format: 'ignition', options })
      expect(artifact === null ? '' : validated(artifact.bytes), title).toBe('')
    }
  })
})

describeWith([systemdAnalyze], 'systemd-analyze verify', () => {
  let verifier: UnitVerifier | undefined
  beforeAll(() => {
    verifier = openUnitVerifier()
  })
  afterAll(() => verifier?.close())
  it.each(machines)('$title: the units are valid', ({ plan }) => {
    expect(verifier?.verify(plan.units)).toBe('')
  })
})

describeWith([shellcheck], 'shellcheck', () => {
  it('reports nothing for any bootstrap.sh, and no script disables a check', () => {
    const scripts = machines.map(({ plan }) => bootstrapOf(plan))
    expect(scripts.filter(script => script.includes('shellcheck disable'))).toEqual([])
    expect(shellchecked(scripts)).toBe('')
  })
})

describeWith([pyYaml], 'PyYAML', () => {
  const documents = machines.flatMap(({ title, plan }) =>
    (['never', 'always'] as const).map(gzip => ({
      title: `${title}, gzip ${gzip}`,
      plan,
      bytes: bytesOf(plan, { format: 'cloud-init', gzip }),
    })),
  )
  it('parses the files of the plan', () => {
    const read = readAll(documents.map(({ bytes }) => bytes))
    for (const [index, { title, plan }] of documents.entries()) {
      expect(problemOfRead(plan, at(read, index)), title).toBeNull()
    }
  })
})

describeWith(
  [cloudInit, ignition, ignitionValidate, shellcheck, systemdAnalyze],
  'random specs',
  () => {
    const count = randomRuns(60)
    const minutes = (secondsEach: number) => 120_000 + count * secondsEach * 1000
    let drawn: readonly (Machine & { readonly spec: Drawn })[] = []
    const refused: string[] = []
    beforeAll(() => {
      console.log(`random specs: ${count}, GEN_NODE_SEED=${seed}`)
      drawn = drawSpecs(count).flatMap((spec, index) => {
        const outcome = planDrawn(spec)
        if (!outcome.ok) refused.push(`${index}: ${outcome.why}`)
        return outcome.ok
          ? outcome.plans.map(plan => ({ title: `spec ${index}, node ${plan.name}`, plan, spec }))
          : []
      })
      console.log(`random specs: ${drawn.length} nodes, ${refused.length} specs refused`)
    }, minutes(1))

    /** The first three problems, each with its spec. */
    const report = (problems: readonly (string | null)[]) =>
      problems
        .flatMap((problem, index) =>
          problem === null
            ? []
            : [`${at(drawn, index).title}: ${problem}\n${excerpt(at(drawn, index).spec.text)}`],
        )
        .slice(0, 3)

    it('are valid, at least nine of ten', () => {
      expect(refused.length, refused.slice(0, 5).join('\n')).toBeLessThan(Math.max(1, count / 10))
    })

    it('give the plan with cloud-init', { timeout: minutes(2) }, async () => {
      const documents = drawn.map(({ plan }, index) =>
        bytesOf(plan, { format: 'cloud-init', gzip: index % 2 === 0 ? 'never' : 'always' }),
      )
      const applied = await applyCloudInitMany(documents)
      const problems = drawn.map(
        ({ plan }, index) =>
          problemOfBytes(plan, at(documents, index)) ??
          problemOfCloudInit(plan, at(applied, index)),
      )
      expect(report(problems)).toEqual([])
      const read = readAll(documents, '--schema')
      expect(report(drawn.map(({ plan }, index) => problemOfRead(plan, at(read, index))))).toEqual(
        [],
      )
      expect(report(read.map(({ schemaErrors }) => schemaErrors || null))).toEqual([])
    })

    it('give the plan with Ignition', { timeout: minutes(1) }, async () => {
      const configs = drawn.map(({ plan }, index) => {
        const options = ignitionVersion(at(versions, index % versions.length).version)
        return artifactOf(plan, { format: 'ignition', options })?.bytes ?? null
      })
      const applied = await applyIgnitionMany(
        configs.flatMap(bytes => (bytes === null ? [] : [bytes])),
      )
      let next = 0
      const problems = drawn.map(({ plan }, index) => {
        const bytes = at(configs, index)
        const special = plan.files.some(isSpecial)
        if (bytes === null)
          return special ? null : 'no config, although every mode can be expressed'
        const result = at(applied, next++)
        const problem = problemOfBytes(plan, bytes)
        // Ignition 2.14 does not support such bits and warns about them.
        if (special) return problem
        return problem ?? (validated(bytes) || null) ?? problemOfIgnition(plan, result)
      })
      expect(report(problems)).toEqual([])
    })

    it('have units that systemd-analyze accepts', { timeout: minutes(1) }, () => {
      const verifier = openUnitVerifier()
      try {
        const unitsOfNodes = drawn.map(({ plan }) =>
          plan.units.filter(({ name }) => name.startsWith('gen-node-')),
        )
        expect(report(unitsOfNodes.map(units => verifier.verify(units) || null))).toEqual([])
      } finally {
        verifier.close()
      }
    })

    it('have scripts that shellcheck accepts', { timeout: minutes(1) }, () => {
      expect(shellchecked(drawn.map(({ plan }) => bootstrapOf(plan)))).toBe('')
    })
  },
)

/** The start of a long spec: its seed and number give the whole text again. */
function excerpt(spec: string): string {
  return spec.length <= 2000 ? spec : `${spec.slice(0, 2000)}…`
}

function isSpecial({ mode }: { readonly mode: number }): boolean {
  return (mode & 0o7000) !== 0
}

function problemOfBytes(plan: NodePlan, bytes: Uint8Array): string | null {
  const read = inspect(bytes)
  // The image decides whether an owner exists.
  const findings = read.diagnostics.filter(({ rule }) => rule !== 'inspect/unknown-owner')
  if (!read.ok || findings.length > 0) return JSON.stringify(findings)
  return differenceOf(read.value, treeOf(plan))
}

function problemOfCloudInit(plan: NodePlan, applied: CloudInitApplied): string | null {
  const { codes, status, errors, warnings, systemctl } = applied
  const messages = [...errors, ...warnings]
  if (codes.join() !== '0,0,0,0' || status !== 'done' || messages.length > 0)
    return `${codes} ${status} ${messages.join('\n')}\n${applied.output}`
  const wanted = treeOf(plan)
  const operands = (units: readonly string[]) =>
    units.some(unit => unit.startsWith('-')) ? ['--', ...units] : units
  const calls = [
    ...(plan.units.length === 0 ? [] : [['daemon-reload']]),
    ...wanted.enabled.map(unit => ['enable', ...operands([unit])]),
    ...(wanted.enabled.length === 0 ? [] : [['start', '--no-block', ...operands(wanted.enabled)]]),
  ]
  return JSON.stringify(calls) === JSON.stringify(systemctl)
    ? differenceOf(appliedTree(applied, wanted), wanted)
    : `systemctl was called as ${JSON.stringify(systemctl)}`
}

function problemOfIgnition(plan: NodePlan, applied: IgnitionApplied): string | null {
  if (applied.code !== 0) return applied.error || `exit code ${applied.code}`
  const wanted = treeOf(plan)
  return differenceOf(appliedTree(applied, wanted), wanted)
}

/** The output of ignition-validate; Debian's version does not know 3.4.0 to 3.6.0. */
function validated(config: Uint8Array): string {
  const text = Buffer.from(forOldIgnition(config)).toString()
  const { code, stdout, stderr } = runs(['ignition-validate', '-'], text)
  return `${stdout}${stderr}${code === 0 ? '' : `exit code ${code}`}`
}

function bootstrapOf(plan: NodePlan): string {
  const script = plan.files.find(({ path }) => path.endsWith('/bootstrap.sh'))
  return Buffer.from(script?.content ?? []).toString()
}

function shellchecked(scripts: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-shellcheck-'))
  try {
    const files = [...new Set(scripts)].map((script, index) => {
      const file = join(folder, `${index}.sh`)
      writeFileSync(file, script)
      return file
    })
    // A hundred files in a call, because of the timeout.
    const chunks = Array.from({ length: Math.ceil(files.length / 100) }, (_, index) =>
      files.slice(index * 100, index * 100 + 100),
    )
    return chunks
      .map(chunk => runs(['shellcheck', '-s', 'sh', ...chunk], '', 300_000))
      .map(({ code, stdout, stderr }) => (code === 0 ? '' : `${stdout}${stderr}`).slice(0, 3000))
      .join('')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const flags =
  /^\.(users\[\]\.lock_passwd|disable_root|write_files\[\]\.defer|preserve_hostname|prefer_fqdn_over_hostname|manage_etc_hosts|apt\.preserve_sources_list|ssh_deletekeys): (True|False)$/

/** The first scalar that PyYAML does not parse as text, or a file with other bytes, mode or owner. */
function problemOfRead(plan: NodePlan, read: Read): string | null {
  const others = read.nonTexts.filter(line => !flags.test(line))
  if (others.length > 0) return `not text: ${others.join(', ')}`
  const row = (path: string, owner: string, mode: string, content: string) =>
    [path, owner, mode, content].join(' ')
  const wanted = treeOf(plan).entries.flatMap(entry =>
    entry.kind === 'file'
      ? [
          row(
            entry.path,
            entry.owner,
            entry.mode.toString(8).padStart(4, '0'),
            Buffer.from(entry.content).toString('base64'),
          ),
        ]
      : [],
  )
  const found = read.files.map(({ path, owner, permissions, content }) =>
    row(path, owner, permissions, content),
  )
  const missing = wanted.filter(line => !found.includes(line))
  const surplus = found.filter(line => !wanted.includes(line))
  return missing.length + surplus.length === 0
    ? null
    : `PyYAML parses ${surplus.join(', ').slice(0, 500)} instead of ${missing.join(', ').slice(0, 500)}`
}
