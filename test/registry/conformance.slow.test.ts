import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeWith, optionalFile } from '../lib/judge.ts'
import { aBundle } from './lib/bundle.ts'
import { content, image, index, manifest, named, point } from './lib/image.ts'
import { start, tempFolder } from './lib/program.ts'

// The suite is not published as a Go module: build distribution-spec/conformance of the main branch
// with `go build` and set OCI_CONFORMANCE to its path.
const program = process.env.OCI_CONFORMANCE ?? '/usr/local/bin/oci-conformance'

describeWith(
  [optionalFile('the OCI conformance suite', program)],
  'the OCI conformance suite',
  () => {
    test('pull and content discovery', async () => {
      const [amd, arm] = [image('conformance'), image('conformance', 'arm64')]
      const both = index([amd, arm])
      const empty = content(Buffer.from('{}'), 'application/vnd.oci.empty.v1+json')
      const signature = manifest(empty, [empty], {
        artifactType: 'application/x.signature',
        subject: point(amd.manifest),
      })
      const name = 'conformance/repo1'
      const everything = [amd, arm].flatMap(({ manifest, config, layers }) => [
        manifest,
        config,
        ...layers,
      ])
      const images = [
        named(amd, `${name}:one`),
        { root: both, with: everything, name: `${name}:both` },
        { root: signature, with: [empty], name: `${name}:signature` },
      ]
      const registry = await start(['-b', aBundle(images).asFolder()])
      const digests = (...all: readonly { readonly digest: string }[]) =>
        all.map(({ digest }) => digest).join(' ')
      const { stdout } = spawnSync(program, {
        encoding: 'utf8',
        cwd: tempFolder,
        env: {
          ...process.env,
          OCI_REGISTRY: `127.0.0.1:${registry.port}`,
          OCI_TLS: 'disabled',
          OCI_REPO1: name,
          OCI_REPO2: name,
          OCI_VERSION: '1.1',
          OCI_API_PUSH: 'false',
          OCI_API_BLOBS_DELETE: 'false',
          OCI_API_MANIFESTS_DELETE: 'false',
          OCI_API_TAGS_DELETE: 'false',
          OCI_API_BLOBS_DIGEST_HEADER: 'true',
          OCI_RO_DATA_TAGS: 'one both signature',
          OCI_RO_DATA_MANIFESTS: digests(amd.manifest, arm.manifest, both, signature),
          OCI_RO_DATA_BLOBS: digests(amd.config, ...amd.layers, empty),
          OCI_RO_DATA_REFERRERS: digests(amd.manifest),
          OCI_RESULTS_DIR: join(tempFolder, 'conformance-results'),
        },
      })
      expect(stdout).toMatch(/OCI Conformance Result: Pass/)
      for (const api of ['Tag listing', 'Blob get', 'Manifest get by tag', 'Referrers', 'Ping']) {
        expect(stdout).toMatch(new RegExp(`${api}\\.+: +Pass`))
      }
    })
  },
)
