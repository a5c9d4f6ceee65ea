import { expect, it } from 'vitest'
import { holes } from '../../src/codec/template.ts'
import render from '../../templates/bootstrap.service.hbs'

it('a template prints the values of its holes in their grammar', () => {
  const text = render({ cluster: '100 %\nx', script: '/opt/a b.sh' })
  expect(text).toContain('Description=Bring this node into the cluster 100 %% x\n')
  expect(text).toContain('ExecStart=/bin/sh "/opt/a b.sh"\n')
})

it('a template throws where a value is missing', () => {
  expect(() => render({ cluster: 'a' })).toThrow()
})

it('each grammar prints its values', () => {
  expect(holes.sh('a b')).toBe("'a b'")
  expect(holes.shLine(['a b', 'c'])).toBe("'a b' c")
  expect(holes.systemdArg('$x')).toBe('$$x')
  expect(holes.systemdPath('/a b')).toBe('"/a b"')
  expect(holes.line('a\nb')).toBe('a b')
  expect(holes.raw('a\n$b')).toBe('a\n$b')
})
