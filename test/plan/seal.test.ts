/** The manifest with which a node checks that its files are complete. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { manifestPath } from '../../src/plan/seal.ts'
import { treeOf } from '../../src/plan/tree.ts'
import { aSpec } from '../lib/builders.ts'
import { cases, plansOf, sourceOf } from '../lib/cases.ts'
import { describeWith, judge, runs } from '../lib/judge.ts'

describeWith([judge('sha256sum', 'sha256sum')], 'the manifest', () => {
  for (const { name, source, folder } of cases()) {
    it(`${name}: is what sha256sum prints for the files, and for its own lines`, () => {
      for (const plan of plansOf(source, folder)) {
        const { entries } = treeOf({ ...plan, files: plan.files.filter(({ shared }) => !shared) })
        const files = entries.flatMap(entry => (entry.kind === 'file' ? [entry] : []))
        const others = files.filter(entry => entry.path !== manifestPath)
        const root = mkdtempSync(join(tmpdir(), 'gen-node-seal-'))
        for (const { path, content } of others) {
          mkdirSync(dirname(join(root, path)), { recursive: true })
          writeFileSync(join(root, path), content)
        }
        const { stdout } = runs([
          ...['sh', '-c', 'cd "$0" && sha256sum "$@"', root],
          ...others.map(entry => entry.path.slice(1)),
        ])
        rmSync(root, { recursive: true })
        const lines = stdout.replaceAll(/^(\w+ {2})/gm, '$1/')
        const manifest = files.find(entry => entry.path === manifestPath)
        expect(manifest?.mode).toBe(0o600)
        expect(Buffer.from(manifest?.content ?? []).toString()).toBe(
          `${lines}# ${runs(['sha256sum'], lines).stdout}`,
        )
      }
    })
  }
})

it('the manifest does not list files that programs of the machine write too', () => {
  const paths = ['/etc/resolv.conf', '/etc/fstab', '/home/ops/.ssh/authorized_keys', '/etc/site']
  const files = paths.map(path => `{path: ${path}, content: x}`)
  const text = aSpec({ nodes: [`{name: w1, role: worker, files: [${files.join(', ')}]}`] })
  const [plan] = plansOf(sourceOf(text), '/')
  const manifest = plan?.files.find(({ path }) => path === manifestPath)
  const listed = Buffer.from(manifest?.content ?? []).toString()
  expect(paths.filter(path => listed.includes(`  ${path}\n`))).toEqual(['/etc/site'])
})
