import { expect, it } from 'vitest'
import { isIdentityPath, parentsOf } from '../../src/plan/path.ts'
import { printMode } from '../../src/plan/tree.ts'

it('parentsOf lists the directories above a path, outermost first', () => {
  expect(parentsOf('/etc/a/b')).toEqual(['/etc', '/etc/a'])
  expect(parentsOf('/etc')).toEqual([])
})

it('isIdentityPath accepts the files that identify a machine', () => {
  const identity = ['/etc/hostname', '/etc/machine-id', '/etc/ssh/ssh_host_ed25519_key']
  for (const path of identity) expect(isIdentityPath(path), path).toBe(true)
  const other = ['/etc/hosts', '/etc/ssh/sshd_config', '/srv/etc/hostname', '/etc/hostname.d']
  for (const path of other) expect(isIdentityPath(path), path).toBe(false)
})

it('printMode prints four octal digits', () => {
  expect([0o644, 0o7, 0o4755].map(printMode)).toEqual(['0644', '0007', '4755'])
})
