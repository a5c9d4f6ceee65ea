import { expect, it } from 'vitest'
import { renderExplanation } from '../../src/view/explain.ts'

const pageOf = (...path: string[]) => {
  const found = renderExplanation(path)
  if (found.kind !== 'page') throw new Error(`no field ${found.key}`)
  return found.text
}

it('the page of the whole spec has all fields', () => {
  for (const field of ['apiVersion', 'mirrors', 'registry', 'nodes']) {
    expect(pageOf()).toMatch(new RegExp(`^ {2}${field}: `, 'm'))
  }
})

it('the page of a field has its choices, its default and an example', () => {
  const page = pageOf('mirrors', 'fallback')
  expect(page).toMatch(/^mirrors\[\]\.fallback: upstream \| none$/m)
  expect(page).toMatch(/^ {2}default: upstream$/m)
  expect(page).toMatch(/^ {4}fallback: none$/m)
})

it('required fields are marked', () => {
  expect(pageOf('nodes')).toMatch(/^ {2}role: controller \| worker \| single, required$/m)
})

it('the values of a mapping with free keys have a page', () => {
  expect(pageOf('nodes', 'labels', 'zone')).toMatch(/^nodes\[\]\.labels\.zone: /)
})

it('an unknown field gives the nearest field', () => {
  expect(renderExplanation(['nodes', 'rol'])).toEqual({
    kind: 'unknown-field',
    key: 'rol',
    parent: 'nodes[]',
    nearest: 'role',
  })
  expect(renderExplanation(['xyzzy'])).toMatchObject({ parent: '', nearest: null })
})

it('lines have at most 100 characters', () => {
  const long = pageOf()
    .split('\n')
    .filter(line => line.length > 100)
  expect(long).toEqual([])
})
