/** The run book as a page of Markdown: the steps before, during and after the first boot. */
import runbook from '../../templates/runbook.md.hbs'
import type { Artifact } from '../emit/emitter.ts'
import type { RunbookPart, TokenSteps } from '../model/runbook-part.ts'
import type { AnyNode, AnySpec } from '../model/spec.ts'

/** The number of nodes that a sentence names; a longer list would not be read. */
const maxShown = 12

/** The written artifacts, and one sentence per format about its use. */
export interface RunbookFiles {
  readonly artifacts: readonly { readonly path: string; readonly artifact: Artifact }[]
  readonly usage: readonly string[]
}

/** The run book of the nodes that have artifacts. */
export function renderRunbook(
  spec: AnySpec,
  part: RunbookPart,
  { artifacts, usage }: RunbookFiles,
): string {
  const rendered = new Set(artifacts.map(({ artifact }) => artifact.node))
  const isRendered = ({ name }: AnyNode) => rendered.has(name) || rendered.has(null)
  const watchWidth = Math.max(...part.watch.map(({ command }) => command.length))
  const machines = part.machines.filter(({ node }) => isRendered(node))
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
    usage: usage.map(sentence => `- ${sentence}`).join('\n'),
    artifacts: table(
      ['file', 'bytes'],
      artifacts.map(({ path, artifact }) => [`\`${path}\``, String(artifact.bytes.length)]),
    ),
    secrets: secretsText(
      artifacts.filter(({ artifact }) => artifact.secret).map(({ path }) => `\`${path}\``),
    ),
    order: orderText(part, spec.bootstrap, part.laterNodes.filter(isRendered)),
    token: part.tokens === null ? '' : tokenText(part.tokens),
    watch: part.watch
      .map(({ command, shows }) => `${command.padEnd(watchWidth)} # ${shows}`)
      .join('\n'),
    restart: part.restart.command,
    restartNeeded: part.restart.needed,
    symptoms: table(
      ['message', 'usual cause', 'what to do'],
      part.symptoms.map(({ message, cause, remedy }) => [codeSpan(message), cause, remedy]),
    ),
    registry: part.registryUrl === null ? '' : registryText(part.registryUrl, spec),
  })
}

/** A text as code of Markdown; a text with a backtick is between two of them. */
function codeSpan(text: string): string {
  return text.includes('`') ? `\`\`${text}\`\`` : `\`${text}\``
}

function secretsText(files: readonly string[]): string {
  if (files.length === 0) return ''
  return `These files contain secrets and have mode 0600 here: ${listed(files)}. Protect the copies as well.`
}

function orderText(
  { first }: RunbookPart,
  bootstrap: string | null,
  laterNodes: readonly AnyNode[],
): string {
  const start =
    first === null
      ? []
      : [`Boot ${whereIs(first.node)}. It waits for no other node: ${first.does}.`]
  const waiting = bootstrap === null ? '' : ` They wait until ${bootstrap} answers.`
  const nodes = listed(laterNodes.map(whereIs))
  const laterBoots =
    laterNodes.length === 0 ? [] : [`Boot ${nodes}, in any order or all at once.${waiting}`]
  return [...start, ...laterBoots].map((line, index) => `${index + 1}. ${line}`).join('\n')
}

function tokenText({ path, issuer, create, install }: TokenSteps): string {
  const shown = install.slice(0, maxShown)
  const more = install.length - shown.length
  return [
    'These nodes have no token in the spec and wait for one:',
    '',
    ...install.map(({ node }) => `- ${whereIs(node)}, a ${node.role}`),
    '',
    `When ${issuer === null ? 'a controller of the cluster' : whereIs(issuer)} is up, create a token there for each role:`,
    '',
    '```',
    ...create.map(({ command, file }) => `${command} > ${file}`),
    '```',
    '',
    `Put it on each of these nodes as \`${path}\`, owner root, mode 0600; the node continues within seconds:`,
    '',
    '```',
    ...shown.map(({ command }) => command),
    ...(more > 0 ? [`# and the same for ${more} more`] : []),
    '```',
    '',
    'Then remove the token files. With `token: {file: …}` in the spec, these steps are not needed.',
  ].join('\n')
}

function registryText(url: string, { registry }: AnySpec): string {
  const ca = registry.ca === null ? '' : ' --cacert ca.pem'
  const user = registry.auth === null ? '' : ` -u ${registry.auth.username}`
  return [
    `The registry is ready when \`curl${ca}${user} ${url}/v2/\` prints \`{}\`.`,
    ...(ca === '' ? [] : ['`ca.pem` is the CA certificate of the registry in the spec.']),
    ...(user === '' ? [] : ['curl asks for the password.']),
    '',
  ].join('\n')
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
