import { describe, expect, it } from 'vitest'
import { parseToml, setTomlText } from '../../src/codec/toml-document.ts'

const table = ['plugins', 'io.containerd.grpc.v1.cri', 'registry']
const heading = '[plugins."io.containerd.grpc.v1.cri".registry]'
const assignment = 'config_path = "/etc/containerd/certs.d"'
const edited = (text: string) => setTomlText(text, table, 'config_path', '/etc/containerd/certs.d')

describe('parseToml', () => {
  it('gives the values and the lines of keys', () => {
    const parsed = parseToml('version = 2\n[a."b.c"]\nx = {y = 1}\n')
    expect(parsed.ok && parsed.value).toEqual({ version: 2, a: { 'b.c': { x: { y: 1 } } } })
    expect(parsed.ok && parsed.lineOf(['a', 'b.c', 'x', 'y'])).toBe(3)
    expect(parsed.ok && parsed.lineOf(['a', 'b.c'])).toBe(2)
    expect(parsed.ok && parsed.lineOf(['a', 'nosuch'])).toBeNull()
  })
  it('gives the position of a syntax error', () => {
    expect(parseToml('version = 2\n[a.\n')).toMatchObject({ ok: false, line: 2 })
    expect(parseToml('a = 1\na = 2\n')).toMatchObject({ ok: false, line: 2 })
  })
})

describe('setTomlText', () => {
  it('replaces a value and keeps all other bytes', () => {
    const text = `# gardener-managed\r\n${heading}\r\n\tconfig_path=''  # site\r\n[debug]\r\n  level= "info"\r\n`
    expect(edited(text)).toBe(text.replace("''", '"/etc/containerd/certs.d"'))
  })
  it('adds the value to a table, in the indentation of its values', () => {
    expect(edited(`${heading} # site\n    a = 1\n[debug]\n`)).toBe(
      `${heading} # site\n    ${assignment}\n    a = 1\n[debug]\n`,
    )
    expect(edited(`  ${heading}`)).toBe(`  ${heading}\n    ${assignment}\n`)
    expect(edited(`${heading}\r\n`)).toBe(`${heading}\r\n  ${assignment}\r\n`)
  })
  it('adds the table at the end', () => {
    expect(edited('version = 2')).toBe(`version = 2\n\n${heading}\n  ${assignment}\n`)
  })
  it('replaces the value of a dotted key and of a key in an inline table', () => {
    expect(edited('plugins."io.containerd.grpc.v1.cri".registry.config_path = ""\n')).toBe(
      'plugins."io.containerd.grpc.v1.cri".registry.config_path = "/etc/containerd/certs.d"\n',
    )
    expect(
      edited('plugins = {"io.containerd.grpc.v1.cri" = {registry = {config_path = ""}}}'),
    ).toBe(
      'plugins = {"io.containerd.grpc.v1.cri" = {registry = {config_path = "/etc/containerd/certs.d"}}}',
    )
  })
  it('refuses tables to which no heading can be added', () => {
    expect(edited('[plugins."io.containerd.grpc.v1.cri"]\nregistry = {headers = {}}\n')).toBeNull()
    expect(edited('[plugins."io.containerd.grpc.v1.cri"]\nregistry.headers = {}\n')).toBeNull()
    expect(edited('plugins = 1\n')).toBeNull()
    expect(edited('a = \n')).toBeNull()
  })
})
