/** `-f rootfs` on the command line: written on request only, and read by inspect. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { cluster, folderWith, genNode, worker } from './gen-node.ts'

it('rendering into a folder writes an archive for each node only if the format is named', () => {
  const cwd = folderWith({ 'cluster.yaml': cluster })
  expect(genNode(['cluster.yaml', '-o', 'all/'], { cwd }).code).toBe(0)
  expect(existsSync(join(cwd, 'all/w1/rootfs.tar'))).toBe(false)
  expect(genNode(['cluster.yaml', '-f', 'rootfs', '-o', 'out/'], { cwd }).code).toBe(0)
  for (const node of ['c1', 'w1'])
    expect(existsSync(join(cwd, `out/${node}/rootfs.tar`))).toBe(true)
  expect(existsSync(join(cwd, 'out/w1/user-data'))).toBe(false)
})

it('inspect and diff find the same tree in an archive as in user-data', () => {
  const cwd = folderWith({ 'cluster.yaml': cluster })
  genNode(['cluster.yaml', '-o', 'out/'], { cwd })
  genNode(['cluster.yaml', '-f', 'rootfs', '-o', 'tar/'], { cwd })
  const listed = genNode(['inspect', 'tar/w1/rootfs.tar'], { cwd })
  expect(listed).toEqual(genNode(['inspect', 'out/w1/user-data'], { cwd }))
  expect(listed).toMatchObject({ code: 0 })
  expect(genNode(['diff', 'tar/w1/rootfs.tar', 'out/w1/config.ign'], { cwd })).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  })
})

it('an archive with secrets has mode 0600, and --gzip always compresses it', () => {
  const cwd = folderWith({ token: 'abc\n' })
  const call = [...worker, '--set', 'nodes[0].files[0]={path: /etc/a, content: x, secret: true}']
  expect(genNode([...call, '-f', 'rootfs', '-o', 'a.tar'], { cwd }).code).toBe(0)
  expect(statSync(join(cwd, 'a.tar')).mode & 0o777).toBe(0o600)
  expect(genNode([...call, '-f', 'rootfs', '--gzip', 'always', '-o', 'b'], { cwd }).code).toBe(0)
  expect([...readFileSync(join(cwd, 'b')).subarray(0, 2)]).toEqual([0x1f, 0x8b])
  expect(genNode(['diff', 'a.tar', 'b'], { cwd }).code).toBe(0)
})

it('a user in the spec is an error at its position, and nothing is written', () => {
  const keys =
    'ssh: {user: ops, authorizedKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK0wmN/Cr3JXqmLW7u+g9pTh+wyqDHpSQEIQczXkVx9q a"]}'
  const cwd = folderWith({ 'cluster.yaml': `${cluster}defaults:\n  ${keys}\n` })
  const ran = genNode(['cluster.yaml', '-f', 'rootfs', '-o', 'out/', '--report', 'json'], { cwd })
  expect(ran.code).toBe(1)
  expect(existsSync(join(cwd, 'out'))).toBe(false)
  expect(JSON.parse(ran.stderr)).toMatchObject([{ rule: 'emit/cannot-carry' }])
})
