/** What people do around the configs of a cluster, with its own addresses and paths. */
import runbook from '../../templates/runbook.md.hbs'
import { type Document, nameOf } from '../cli/document.ts'
import type { Planned } from '../cli/io/spec-call.ts'
import { type Node, type NodePlan, paths } from '../index.ts'

const tokenPath = '/etc/k0s/join-token'

/** The run book of the nodes whose documents are written. */
export function runbookOf(documents: readonly Document[], { spec, plans }: Planned): string {
  const machines = spec.nodes.flatMap(node => {
    const plan = plans.find(one => one.name === node.name)
    return plan === undefined ? [] : [{ node, plan }]
  })
  const first = firstController(spec)
  const waiting = spec.nodes.filter(node => node !== first && node.token === null)
  const secrets = documents
    .filter(({ artifact }) => artifact.secret)
    .map(one => `\`${nameOf(one)}\``)
  return runbook({
    cluster: spec.name,
    machines: table(
      ['node', 'role', 'address', 'system', 'what must be there'],
      machines.map(({ node, plan }) => [
        node.name,
        node.role,
        node.address ?? '',
        node.os,
        piecesOf(spec, node, plan).join('<br>'),
      ]),
    ),
    documents: table(
      ['file', 'bytes'],
      documents.map(one => [`\`${nameOf(one)}\``, String(one.artifact.bytes.length)]),
    ),
    secrets: secretsText(secrets),
    order: orderOf(
      spec,
      first,
      machines.map(({ node }) => node),
    ),
    token: tokenText(first, waiting),
    bootstrapScript: `${paths[(first ?? spec.nodes[0])?.os ?? 'generic'].lib}/bootstrap.sh`,
    registry: registryText(spec),
  })
}

type Spec = Planned['spec']

function firstController({ nodes, bootstrap }: Spec): Node | undefined {
  const controllers = nodes.filter(node => node.role !== 'worker')
  return (
    controllers.find(({ address }) => address !== null && address === bootstrap) ?? controllers[0]
  )
}

function runsRegistry({ units }: NodePlan): boolean {
  return units.some(({ name }) => name === 'gen-node-registry.service')
}

function piecesOf({ distro, registry }: Spec, node: Node, plan: NodePlan): readonly string[] {
  const { bin } = paths[node.os]
  const version = distro.version === null ? '' : ` (${distro.version})`
  const served = [
    registry.node === null
      ? `Node 18 or later as \`node\`, such as \`${bin}/node\``
      : `Node 18 or later, \`${registry.node}\``,
    `the image bundle, \`${registry.bundle}\``,
  ]
  return [`the k0s binary${version}, \`${bin}/k0s\``, ...(runsRegistry(plan) ? served : [])]
}

function secretsText(files: readonly string[]): string {
  if (files.length === 0) return ''
  const some =
    files.length > 6
      ? `${files.slice(0, 6).join(', ')} and ${files.length - 6} more`
      : files.join(', ')
  const verb = files.length === 1 ? 'holds' : 'hold'
  return `${some} ${verb} secrets: readable by you alone here, and worth the same care on the way.`
}

function orderOf(spec: Spec, first: Node | undefined, nodes: readonly Node[]): string {
  const others = nodes.filter(node => node !== first)
  const start =
    first === undefined ? [] : [`Boot ${whereIs(first)}. It needs nobody: ${firstDuty(spec)}.`]
  const rest = others.map(whereIs)
  const shown =
    rest.length > 12
      ? `${rest.slice(0, 12).join(', ')} and ${rest.length - 12} more`
      : rest.join(', ')
  const wait = spec.bootstrap === null ? '' : ` They wait for ${spec.bootstrap} by themselves.`
  const follow = others.length === 0 ? [] : [`Boot ${shown}, in any order, also at once.${wait}`]
  return [...start, ...follow].map((line, at) => `${at + 1}. ${line}`).join('\n')
}

function firstDuty({ registry, bootstrap }: Spec): string {
  if (registry.run === 'none' || registry.run === 'external') return 'it starts the cluster'
  return `its registry answers on http://${bracketed(bootstrap ?? '127.0.0.1')}:${registry.port}/v2/, then it starts the cluster`
}

function whereIs({ name, address }: Node): string {
  return address === null ? name : `${name} (${address})`
}

function tokenText(first: Node | undefined, waiting: readonly Node[]): string {
  if (waiting.length === 0) return ''
  const roles = [...new Set(waiting.map(({ role }) => role))]
  const issuer = first === undefined ? 'a controller of the cluster' : whereIs(first)
  return [
    'These nodes have no token in the spec, and wait until one is there:',
    '',
    ...waiting.map(node => `- ${whereIs(node)}, a ${node.role}`),
    '',
    `When ${issuer} is up, make one there for each role:`,
    '',
    '```',
    ...roles.map(role => `k0s token create --role ${role} > ${role}.token`),
    '```',
    '',
    `Put it on each of these nodes as \`${tokenPath}\`, owner root, mode 0600; the node goes on within seconds:`,
    '',
    '```',
    ...waiting.slice(0, 12).map(node => installToken(node)),
    ...(waiting.length > 12 ? [`# and so on for ${waiting.length - 12} more`] : []),
    '```',
    '',
    'Then remove the token files. To render nodes that need none of this, set `token: {file: …}` in the spec.',
  ].join('\n')
}

function installToken(node: Node): string {
  const user = node.ssh?.user ?? paths[node.os].user
  const sudo = user === 'root' ? '' : 'sudo '
  const place = `${user}@${bracketed(node.address ?? node.name)}`
  return `ssh ${place} '${sudo}install -D -m 0600 /dev/stdin ${tokenPath}' < ${node.role}.token`
}

function registryText({ registry, bootstrap }: Spec): string {
  if (registry.run === 'none') return ''
  const url = registry.address ?? `http://${bracketed(bootstrap ?? '127.0.0.1')}:${registry.port}`
  return `The registry answers \`curl ${url}/v2/\` with \`{}\` when it is ready.\n`
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '--')), ...rows.map(line)].join('\n')
}
