import { expect, test } from 'vitest'
import {
  candidates,
  hostOf,
  nameFromPath,
  parseDockerName,
  parseName,
} from '../../src/registry/names.ts'

test.each([
  ['charts/k0rdent-enterprise_1.2.2.tar', 'charts/k0rdent-enterprise', '1.2.2'],
  ['k0sproject/k0s:v1.32.8-k0s.0.tar', 'k0sproject/k0s', 'v1.32.8-k0s.0'],
  ['kcm-controller_1.2.2.tar', 'kcm-controller', '1.2.2'],
  ['a/b_c_1.tar.gz', 'a/b_c', '1'],
  ['Plain.tgz', 'plain', 'latest'],
  ['registry.k8s.io/pause_3.9.tar', 'registry.k8s.io/pause', '3.9'],
  ['charts/web_1.2.3_build.4.tar', 'charts/web', '1.2.3_build.4'],
  ['charts/web_1.2.3+build.4.tar', 'charts/web', '1.2.3_build.4'],
  ['charts/my_web_v1.2.3.tar', 'charts/my_web', 'v1.2.3'],
])('the path %s gives a name', (path, repository, tag) => {
  expect(nameFromPath(path)).toEqual({ repository, tag })
})

test.each([
  ['nginx:1.25', true, 'docker.io/library/nginx', '1.25'],
  ['rancher/x:1', true, 'docker.io/rancher/x', '1'],
  ['nginx:1.25', false, 'nginx', '1.25'],
  ['index.docker.io/nginx:1', false, 'docker.io/library/nginx', '1'],
  ['localhost:5000/x/y:1', true, 'localhost:5000/x/y', '1'],
  ['quay.io/x/y@sha256:abc', false, 'quay.io/x/y', undefined],
  ['quay.io/x/y:2@sha256:abc', false, 'quay.io/x/y', '2'],
])('%s (hub %s) is normalised', (text, hub, repository, tag) => {
  expect((hub ? parseDockerName : parseName)(text)).toEqual({ repository, tag })
})

test.each(['', ':1', '../x:1', 'x:', 'X:1', 'x:-bad', 'x y:1', `x:${'1'.repeat(129)}`, 'a\n:1'])(
  '%j is not a name',
  text => {
    expect(parseName(text)).toBeUndefined()
  },
)

test('the image of the upstream comes first, and images of other upstreams are left out', () => {
  const known = ['docker.io/library/x', 'quay.io/library/x', 'quay.io/other'].map(hostOf)
  expect(candidates('library/x', 'quay.io', known)).not.toContain('docker.io/library/x')
  expect(candidates('library/x', 'quay.io', known).slice(0, 2)).toEqual([
    'quay.io/library/x',
    'library/x',
  ])
  expect(candidates('library/x', 'docker.io', known)).toEqual([
    'docker.io/library/x',
    'library/x',
    'x',
  ])
  expect(candidates('library/x', null, known).slice(0, 3)).toEqual([
    'library/x',
    'docker.io/library/x',
    'quay.io/library/x',
  ])
})

test('a rewrite can name the upstream of a registry that does not exist', () => {
  const known = ['docker.io/rancher/mirrored-pause']
  const found = candidates('docker.io/rancher/mirrored-pause', 'bootstrap-registry.airgap', known)
  expect(found).toContain(known[0])
})
