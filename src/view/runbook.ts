/** The run book: what people do around the configs of a cluster, as a page of Markdown. */
import runbook from '../../templates/runbook.md.hbs'
import { type Document, nameOf } from '../cli/document.ts'
import type { Planned } from '../cli/io/spec-call.ts'
import { type AnyNode, paths, type RunbookPart, runbookPart, type TokenSteps } from '../index.ts'

/** Longer lists are cut: a page of ten thousand nodes is not read. */
const maxShown = 12

/** The run book of the nodes whose documents are written. */
export function runbookOf(documents: readonly Document[], { spec, plans }: Planned): string {
  const part = runbookPart(spec)
  const written = new Set(plans.map(({ name }) => name))
  const machines = part.machines.filter(({ node }) => written.has(node.name))
  return runbook({
    cluster: spec.name,
    machines: table(
      ['node', 'role', 'address', 'system', 'what must be there'],
      machines.map(({ node, required }) => [
        node.name,
        node.role,
        node.address ?? '',
        node.os,
        required.map(({ what, path }) => `${what}, \`${path}\``).join('<br>'),
      ]),
    ),
    documents: table(
      ['file', 'bytes'],
      documents.map(one => [`\`${nameOf(one)}\``, String(one.artifact.bytes.length)]),
    ),
    secrets: secretsText(documents),
    order: orderText(
      part,
      spec.bootstrap,
      part.others.filter(node => written.has(node.name)),
    ),
    token: part.tokens === null ? '' : tokenText(part.tokens),
    bootstrapScript: `${paths[(part.first?.node ?? spec.nodes[0])?.os ?? 'generic'].lib}/bootstrap.sh`,
    watch: part.watch.map(({ command, shows }) => `${command.padEnd(42)} # ${shows}`).join('\n'),
    registry: part.registryUrl === null ? '' : registryText(part.registryUrl),
  })
}

function secretsText(documents: readonly Document[]): string {
  const files = documents
    .filter(({ artifact }) => artifact.secret)
    .map(document => `\`${nameOf(document)}\``)
  if (files.length === 0) return ''
  const verb = files.length === 1 ? 'holds' : 'hold'
  return `${listed(files)} ${verb} secrets: only your user can read these files here. Protect the copies as well.`
}

function orderText(
  { first }: RunbookPart,
  bootstrap: string | null,
  others: readonly AnyNode[],
): string {
  const start =
    first === null
      ? []
      : [`Boot ${whereIs(first.node)}. It waits for no other node: ${first.does}.`]
  const wait = bootstrap === null ? '' : ` They wait for ${bootstrap} by themselves.`
  const nodes = listed(others.map(whereIs))
  const follow = others.length === 0 ? [] : [`Boot ${nodes}, in any order or all at once.${wait}`]
  return [...start, ...follow].map((line, at) => `${at + 1}. ${line}`).join('\n')
}

function tokenText({ path, issuer, create, install }: TokenSteps): string {
  const shown = install.slice(0, maxShown)
  const more = install.length - shown.length
  return [
    'These nodes have no token in the spec and wait for one:',
    '',
    ...install.map(({ node }) => `- ${whereIs(node)}, a ${node.role}`),
    '',
    `When ${issuer === null ? 'a controller of the cluster' : whereIs(issuer)} is up, make one there for each role:`,
    '',
    '```',
    ...create.map(({ command, file }) => `${command} > ${file}`),
    '```',
    '',
    `Put it on each of these nodes as \`${path}\`, owner root, mode 0600; the node goes on within seconds:`,
    '',
    '```',
    ...shown.map(({ command }) => command),
    ...(more > 0 ? [`# and the same for ${more} more`] : []),
    '```',
    '',
    'Then remove the token files. With `token: {file: …}` in the spec none of this is needed.',
  ].join('\n')
}

function registryText(url: string): string {
  return `The registry is ready when \`curl ${url}/v2/\` prints \`{}\`.\n`
}

function whereIs({ name, address }: AnyNode): string {
  return address === null ? name : `${name} (${address})`
}

function listed(items: readonly string[]): string {
  const more = items.length - maxShown
  return more > 0 ? `${items.slice(0, maxShown).join(', ')} and ${more} more` : items.join(', ')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '--')), ...rows.map(line)].join('\n')
}
