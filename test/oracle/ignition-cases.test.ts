/** `inspect` reports what the real Ignition reports, and gives the tree that it creates. */
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { inspect } from '../../src/emit/emitters.ts'
import { differenceOf } from '../../src/plan/tree.ts'
import { appliedTree } from '../lib/applied.ts'
import { applyIgnitionMany, type IgnitionApplied, ignition } from '../lib/ignition-box.ts'
import { describeWith, ignitionValidate, newerIgnitionValidate, randomRuns } from '../lib/judge.ts'
import {
  effectCases,
  laterValidityCases,
  unparsedCases,
  validityCases,
} from './lib/ignition-cases.ts'
import { aConfig } from './lib/ignition-configs.ts'
import { findingsOf, isValid, validated } from './lib/ignition-validate.ts'

const inspected = (config: string) => inspect(new Uint8Array(Buffer.from(config)))
const oldVersions = ['3.0.0', '3.1.0', '3.2.0', '3.3.0']
const isOld = (config: string) => !/"3\.[4-9]\.0/.test(config)

const later = { cases: laterValidityCases, versions: ['3.4.0', '3.5.0', '3.6.0'] }
const judges = [
  { judge: ignitionValidate, program: 'ignition-validate', cases: [], versions: [] },
  { ...newerIgnitionValidate, ...later },
]
for (const { judge, program, cases, versions } of judges) {
  const known = [...validityCases, ...cases].filter(
    ({ config }) => versions.length > 0 || isOld(config),
  )
  describeWith([judge], judge.name, () => {
    it.each(unparsedCases)('$name', ({ config }) => expect(isValid(program, config)).toBe(false))

    it.each(known)('$name', ({ config }) => {
      expect(findingsOf(config)).toEqual(validated(program, config))
    })

    it('reports the same about random configs', { timeout: 120_000 }, () => {
      fc.assert(
        fc.property(aConfig([...oldVersions, ...versions]), config => {
          expect(findingsOf(config), config).toEqual(validated(program, config))
        }),
        { numRuns: randomRuns(200) },
      )
    })
  })
}

describeWith([ignition], 'ignition-apply', () => {
  const random = fc.sample(aConfig(oldVersions), randomRuns(120))
  const cases = [
    ...effectCases,
    ...random.map((config, at) => ({ name: `random config ${at}`, config })),
  ]
  let results: readonly IgnitionApplied[] = []
  beforeAll(async () => {
    results = await applyIgnitionMany(cases.map(({ config }) => Buffer.from(config)))
  }, 600_000)

  it.each(cases)('$name', ({ config }) => {
    const applied = results[cases.findIndex(other => other.config === config)] as IgnitionApplied
    const read = inspected(config)
    const isWarned = read.diagnostics.some(({ rule }) => rule === 'inspect/unknown-content')
    // A hard link to a file that the config does not write fails on a machine without that file.
    if (read.ok && isWarned && applied.code !== 0) return
    expect(read.ok, `${applied.error}\n${config}`).toBe(applied.code === 0)
    if (!read.ok) return
    expect(differenceOf(appliedTree(applied, read.value), read.value), config).toBeNull()
  })
})
