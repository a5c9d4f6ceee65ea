/** `inspect` gives the tree that the real cloud-init creates, for user-data of other origins. */
import { beforeAll, describe, expect, it } from 'vitest'
import { inspect } from '../../src/emit/emitters.ts'
import { differenceOf, sortTree, type Tree } from '../../src/plan/tree.ts'
import { appliedTree } from '../lib/applied.ts'
import { applyCloudInitMany, type CloudInitApplied, cloudInit } from '../lib/cloud-init-box.ts'
import { describeWith } from '../lib/judge.ts'
import { type UserDataCase, userDataCases } from './lib/user-data-cases.ts'

const cases = userDataCases.flatMap(([, list]) => list)

/** The tree that `inspect` gives, or null with an error. */
function inspected({ userData }: UserDataCase): Tree | null {
  const read = inspect(userData)
  return read.ok ? read.value : null
}

describe.each(userDataCases)('%s', (_, list) => {
  it.each(list)('$name', testCase => {
    const read = inspect(testCase.userData)
    expect(read.diagnostics.map(({ rule }) => rule)).toEqual(testCase.rules)
    expect(read.ok).toBe(testCase.hasTree)
  })
})

describeWith([cloudInit], 'cloud-init', () => {
  let results: readonly CloudInitApplied[] = []
  beforeAll(async () => {
    results = await applyCloudInitMany(cases.map(({ userData }) => userData))
  }, 600_000)

  it.each(cases)('$name', testCase => {
    const applied = results[cases.indexOf(testCase)] as CloudInitApplied
    const wanted = inspected(testCase) ?? { entries: [], enabled: [], users: [] }
    const found = appliedTree(applied, wanted)
    const entries = found.entries.filter(({ path }) => !testCase.unlisted.includes(path))
    expect(differenceOf(sortTree({ ...found, entries }), wanted)).toBeNull()
  })
})
