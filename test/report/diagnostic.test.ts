import { describe, expect, it } from 'vitest'
import {
  andThen,
  checked,
  collectOutcomes,
  distinct,
  failure,
  hasErrors,
  reporters,
  success,
} from '../../src/report/diagnostic.ts'
import { rule } from '../../src/report/rule.ts'

const texts = { message: (args: { name: string }) => args.name, help: () => '', reason: 'Why.' }
const { report, reportKey } = reporters({
  'a/error': rule({ severity: 'error', ...texts }),
  'a/warning': rule({ severity: 'warning', ...texts }),
})
const error = report('a/error', ['x', 0], { name: 'e' })
const warning = reportKey('a/warning', [], { name: 'w' })

it('reporters set severity, path and the half of the entry', () => {
  expect(error).toEqual({
    rule: 'a/error',
    severity: 'error',
    path: ['x', 0],
    at: 'value',
    args: { name: 'e' },
    also: [],
    range: null,
  })
  expect(warning).toMatchObject({ severity: 'warning', at: 'key' })
})

it('only an error prevents a value', () => {
  expect([hasErrors([warning]), hasErrors([warning, error])]).toEqual([false, true])
  expect(checked(1, [warning])).toEqual(success(1, [warning]))
  expect(checked(1, [warning, error])).toEqual(failure([warning, error]))
})

describe('andThen', () => {
  it('keeps the warnings of both stages', () => {
    const outcome = andThen(success(1, [warning]), value => success(value + 1, [warning]))
    expect(outcome).toEqual(success(2, [warning, warning]))
    expect(andThen(success(1, [warning]), () => failure([error]))).toEqual(
      failure([warning, error]),
    )
  })
  it('does not run the next stage after a failure', () => {
    expect(andThen(failure([error]), () => expect.unreachable())).toEqual(failure([error]))
  })
})

it('collectOutcomes gives all values or all diagnostics, each once', () => {
  expect(collectOutcomes([success(1, [warning]), success(2, [warning])])).toEqual(
    success([1, 2], [warning]),
  )
  expect(collectOutcomes([success(1, [warning]), failure([error])])).toEqual(
    failure([warning, error]),
  )
})

it('distinct keeps the first of equal diagnostics', () => {
  expect(distinct([error, warning, { ...error }])).toEqual([error, warning])
})
