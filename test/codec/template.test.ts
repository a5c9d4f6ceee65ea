import { expect, it } from 'vitest'
import { grammars } from '../../src/codec/template.ts'
import render from '../../templates/bootstrap.service.hbs'

it('a template prints each value in its grammar', () => {
  const paths = { marker: '/m', status: '/s', statusDirectory: '/' }
  const text = render({ cluster: '100 %\nx', script: '/opt/a b.sh', ...paths })
  expect(text).toContain('Description=Bring this node into the cluster 100 %% x\n')
  expect(text).toMatch(/^ExecStart=.* "\/opt\/a b.sh"$/m)
})

it('a template throws an error for a missing value', () => {
  expect(() => render({ cluster: 'a' })).toThrow()
})

it('each grammar prints its values', () => {
  expect(grammars.sh('a b')).toBe("'a b'")
  expect(grammars.shLine(['a b', 'c'])).toBe("'a b' c")
  expect(grammars.systemdArg('$x')).toBe('$$x')
  expect(grammars.systemdPath('/a b')).toBe('"/a b"')
  expect(grammars.line('a\nb')).toBe('a b')
  expect(grammars.raw('a\n$b')).toBe('a\n$b')
})
