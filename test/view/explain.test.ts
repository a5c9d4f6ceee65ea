import { expect, it } from 'vitest'
import { renderExplanation } from '../../src/view/explain.ts'

const pageOf = (...path: string[]) => {
  const found = renderExplanation(path)
  if (found.kind !== 'page') throw new Error(`no field ${found.key}`)
  return found.text
}

it('has a page for the whole spec, with all fields', () => {
  for (const field of ['apiVersion', 'mirrors', 'registry', 'nodes']) {
    expect(pageOf()).toMatch(new RegExp(`^ {2}${field}: `, 'm'))
  }
})

it('gives the choices, the default and an example of a field', () => {
  const page = pageOf('mirrors', 'fallback')
  expect(page).toMatch(/^mirrors\[\]\.fallback: upstream \| none$/m)
  expect(page).toMatch(/^ {2}default: upstream$/m)
  expect(page).toMatch(/^ {4}fallback: none$/m)
})

it('marks required fields', () => {
  expect(pageOf('nodes')).toMatch(/^ {2}role: controller \| worker \| single, required$/m)
})

it('explains the values of a mapping whose keys are free', () => {
  expect(pageOf('nodes', 'labels', 'zone')).toMatch(/^nodes\[\]\.labels\.zone: /)
})

it('offers the nearest field for an unknown one', () => {
  expect(renderExplanation(['nodes', 'rol'])).toEqual({
    kind: 'unknown-field',
    key: 'rol',
    parent: 'nodes[]',
    nearest: 'role',
  })
  expect(renderExplanation(['xyzzy'])).toMatchObject({ parent: '', nearest: null })
})

it('wraps lines for a terminal', () => {
  const long = pageOf()
    .split('\n')
    .filter(line => line.length > 100)
  expect(long).toEqual([])
})
