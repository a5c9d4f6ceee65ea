/** The layers of plans: what a shared image may contain, and what belongs to one machine. */
import { describe, expect, it } from 'vitest'
import { selectItems } from '../../src/emit/emitters.ts'
import type { Layer, NodePlan } from '../../src/plan/plan.ts'
import { manifestPath } from '../../src/plan/seal.ts'
import { selectLayer } from '../../src/plan/split.ts'
import { treeOf } from '../../src/plan/tree.ts'
import { aPlan, aPlanFile } from '../lib/builders.ts'
import { cases, plansOf } from '../lib/cases.ts'

const items = (layer: Layer): Omit<NodePlan, 'name'> => ({
  files: [aPlanFile(`/${layer}`, { layer })],
  directories: [{ path: `/${layer}.d`, mode: 0o755, owner: 'root:root', layer, from: [] }],
  links: [{ path: `/${layer}.link`, target: '/x', layer, from: [] }],
  users: [{ name: layer, authorizedKeys: [], layer, from: [] }],
  units: [{ name: `${layer}.service`, content: '[Unit]\n', enabled: false, layer, from: [] }],
})
const [image, instance] = [items('image'), items('instance')]

describe('selectLayer', () => {
  const plan = aPlan({
    files: [...image.files, ...instance.files],
    directories: [...image.directories, ...instance.directories],
    links: [...image.links, ...instance.links],
    users: [...image.users, ...instance.users],
    units: [...image.units, ...instance.units],
  })
  it('keeps the items of the layer, of every kind', () => {
    expect(selectLayer(plan, 'image')).toEqual({ name: 'w1', ...image })
    expect(selectLayer(plan, 'instance')).toEqual({ name: 'w1', ...instance })
  })
})

describe('the layers of every golden case', () => {
  const plans = cases().flatMap(({ source, folder }) => plansOf(source, folder))
  const text = ({ content }: { readonly content: Uint8Array }) => Buffer.from(content).toString()

  it('put no address, name or token of a node into the image', () => {
    const inImage = plans.flatMap(plan => selectLayer(plan, 'image').files)
    const programs = /\/registry\.mjs$/
    for (const file of inImage.filter(({ path }) => !programs.test(path))) {
      expect(text(file), file.path).not.toMatch(/192\.168\.|fd00::|correct horse/)
      expect(file.secret, file.path).toBe(false)
    }
  })

  it('have a manifest of their own files', () => {
    for (const plan of plans) {
      for (const layer of ['image', 'instance'] as const) {
        const sealed = selectItems(plan, layer)
        const manifest = sealed.files.find(({ path }) => path === manifestPath)
        const listed = manifest === undefined ? [] : text(manifest).trim().split('\n')
        const expected = treeOf({ ...sealed, files: sealed.files.filter(({ shared }) => !shared) })
          .entries.filter(({ kind, path }) => kind === 'file' && path !== manifestPath)
          .map(({ path }) => path)
        expect(listed.slice(0, -1).map(line => line.slice(66))).toEqual(expected)
        expect(listed.at(-1)).toMatch(/^# [0-9a-f]{64} {2}-$/)
      }
    }
  })

  it('put programs and drop-ins into the image, the first boot and the manifest into the instance', () => {
    const paths = (layer: Layer) =>
      new Set(plans.flatMap(plan => selectLayer(plan, layer).files.map(({ path }) => path)))
    expect([...paths('image')]).toContain('/usr/local/lib/gen-node/registry.mjs')
    expect([...paths('image')]).toContain('/etc/k0s/containerd.d/cri-registry.toml')
    expect([...paths('instance')]).toContain('/usr/local/lib/gen-node/bootstrap.sh')
    expect([...paths('instance')]).toContain('/etc/gen-node/manifest.sha256')
    expect([...paths('instance')]).toContain('/etc/k0s/k0s.yaml')
  })
})
