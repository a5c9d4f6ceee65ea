import { describe, expect, it } from 'vitest'
import type { Artifact } from '../../src/emit/emitter.ts'
import type { RunbookPart } from '../../src/model/runbook-part.ts'
import { renderRunbook } from '../../src/view/runbook.ts'
import { aSpec } from '../lib/builders.ts'
import { sourceOf, specOf } from '../lib/cases.ts'

const spec = specOf(
  sourceOf(
    aSpec({
      name: 'edge',
      nodes: [
        '{name: c1, role: controller, address: 10.0.0.1}',
        '{name: w1, role: worker, os: flatcar}',
      ],
    }),
  ),
)
const [c1, w1] = spec.nodes as [(typeof spec.nodes)[number], (typeof spec.nodes)[number]]

const part: RunbookPart = {
  machines: [
    {
      node: c1,
      required: [
        { what: 'the binary', path: '/bin/a', remedy: 'copy it' },
        { what: 'the bundle', path: '/srv/b', remedy: 'copy it' },
      ],
    },
    { node: w1, required: [] },
  ],
  first: { node: c1, does: 'it starts the cluster' },
  laterNodes: [w1],
  registryUrl: 'https://10.0.0.1:5000',
  tokens: {
    path: '/etc/token',
    issuer: c1,
    create: [{ role: 'worker', command: 'make-token', file: 'worker.token' }],
    install: [{ node: w1, command: 'put-token w1' }],
  },
  watch: [{ command: 'show', shows: 'the state' }],
  restart: { command: 'restart it', needed: 'A change needs it.' },
  symptoms: [{ message: 'invalid `host` tree', cause: 'a cause', remedy: 'do | this' }],
}

const artifactOf = (node: string | null, secret: boolean): Artifact => ({
  node,
  path: 'config',
  bytes: new Uint8Array(5),
  mediaType: 'text/plain',
  secret,
})

const files = (...nodes: readonly (string | null)[]) => ({
  artifacts: nodes.map(node => ({
    path: `${node}/config`,
    artifact: artifactOf(node, node === 'c1'),
  })),
  usage: ['`config`: pass it as user-data.'],
})

const text = (changes: Partial<RunbookPart> = {}, given = files('c1', 'w1')) =>
  renderRunbook(spec, { ...part, ...changes }, given)

/** The lines below a heading, up to the next one, without empty lines. */
function section(page: string, heading: string): readonly string[] {
  const lines = page.split('\n')
  const start = lines.findIndex(line => line.startsWith('## ') && line.includes(heading))
  const rest = lines.slice(start + 1)
  const end = rest.findIndex(line => line.startsWith('## '))
  return (end < 0 ? rest : rest.slice(0, end)).filter(line => line !== '')
}

describe('renderRunbook', () => {
  it('begins with the name of the cluster', () => {
    expect(text()).toMatch(/^# Run book of edge\n/)
  })

  it('lists the required files of every machine', () => {
    expect(section(text(), 'on each machine')).toEqual([
      '| node | role | address | system | what must be there |',
      '| -- | -- | -- | -- | -- |',
      '| c1 | controller | 10.0.0.1 | generic | the binary, `/bin/a`<br>the bundle, `/srv/b` |',
      '| w1 | worker |  | flatcar |  |',
    ])
  })

  it('lists the artifacts with their sizes, and names those with secrets', () => {
    const lines = section(text(), 'Give the configuration')
    expect(lines).toContain('- `config`: pass it as user-data.')
    expect(lines).toContain('| `c1/config` | 5 |')
    expect(lines).toContain('| `w1/config` | 5 |')
    expect(lines.at(-1)).toMatch(/secrets and have mode 0600 here: `c1\/config`\. /)
    expect(text({}, files('w1'))).not.toContain('secrets')
  })

  it('gives the order of the boots', () => {
    expect(section(text(), 'order')).toEqual([
      '1. Boot c1 (10.0.0.1). It waits for no other node: it starts the cluster.',
      '2. Boot w1, in any order or all at once. They wait until 10.0.0.1 answers.',
    ])
    expect(section(text({ first: null }), 'order')).toEqual([
      '1. Boot w1, in any order or all at once. They wait until 10.0.0.1 answers.',
    ])
  })

  it('gives the commands for the tokens of waiting nodes, and no such section without them', () => {
    const lines = section(text(), 'tokens')
    expect(lines).toContain('- w1, a worker')
    expect(lines).toContain('When c1 (10.0.0.1) is up, create a token there for each role:')
    expect(lines).toContain('make-token > worker.token')
    expect(lines).toContain('put-token w1')
    expect(text({ tokens: null })).not.toContain('Join tokens')
  })

  it('shows twelve commands of many nodes, and the number of the others', () => {
    const tokens = {
      path: '/etc/token',
      issuer: null,
      create: [],
      install: Array.from({ length: 15 }, (_, at) => ({ node: w1, command: `put-token ${at}` })),
    }
    const lines = section(text({ tokens }), 'tokens')
    expect(lines.filter(line => line.startsWith('put-token'))).toHaveLength(12)
    expect(lines).toContain('# and the same for 3 more')
    expect(lines).toContain(
      'When a controller of the cluster is up, create a token there for each role:',
    )
  })

  it('gives the URL of the registry, if there is a registry', () => {
    expect(text()).toContain('`curl https://10.0.0.1:5000/v2/`')
    expect(text({ registryUrl: null })).not.toContain('curl')
  })

  it('gives the options of curl for a registry with a CA and a password', () => {
    const registry = { ...spec.registry, ca: 'CA', auth: { username: 'site', password: 'secret' } }
    const page = renderRunbook({ ...spec, registry }, part, files('c1'))
    expect(page).toContain('`curl --cacert ca.pem -u site https://10.0.0.1:5000/v2/`')
    expect(page).not.toContain('secret`')
  })

  it('describes the nodes with artifacts only, and all nodes for an artifact of the cluster', () => {
    expect(text({}, files('c1'))).not.toContain('| w1 |')
    expect(section(text({}, files('c1')), 'order')).toHaveLength(1)
    expect(text({}, files(null))).toContain('| w1 |')
  })
})
