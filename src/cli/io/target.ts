/** Where documents go: to stdout, into one file, or into a folder with a sub-folder for each node. */
import {
  type Artifact,
  defaultFormat,
  defaultFormats,
  type Format,
  formatOfPath,
} from '../../index.ts'
import { runbookOf } from '../../view/runbook.ts'
import type { OutputFlags, ReportFlags } from '../args/flags.ts'
import { type Document, nameOf } from '../document.ts'
import { type Delivery, deliver, deliverInto, writtenInto } from './deliver.ts'
import { basename, dirname, join, resolve, resolveSymlink, targetType } from './files.ts'
import { reportFailure, reportUsageError } from './findings.ts'
import type { Planned } from './spec-call.ts'
import { isTerminal, writeStderr, writeStdout } from './streams.ts'

export type Target = { readonly formats: readonly Format[] } & (
  | { readonly kind: 'stdout' }
  | { readonly kind: 'file' | 'device' | 'folder'; readonly path: string }
)

/** What the flags say about the place, or why they make no sense. */
export function targetOf(nodes: number, { output, format }: OutputFlags): Target | string {
  const one = [format ?? formatOfPath(output ?? '') ?? defaultFormat] as const
  if (output === undefined || output === '-') {
    if (nodes > 1)
      return `${nodes} nodes do not fit on stdout: pick one with --node, or give a folder`
    return { kind: 'stdout', formats: one }
  }
  if (output === '') return '--output is empty'
  const kind = targetType(output)
  if (kind === 'folder' || /[/\\]$/.test(output) || (nodes > 1 && kind === 'nothing')) {
    return { kind: 'folder', path: resolve(output), formats: format ? one : defaultFormats }
  }
  if (nodes > 1) return `${nodes} nodes do not fit into the file ${output}`
  return { kind: kind === 'other' ? 'device' : 'file', path: resolve(output), formats: one }
}

/** Writes the documents to their place; the answer is the exit code. */
export async function write(
  target: Target,
  documents: readonly Document[],
  planned: Planned,
  { force, quiet, verbose }: OutputFlags & ReportFlags,
): Promise<number> {
  const first = documents[0]?.artifact
  if (first === undefined) return 0
  if (target.kind === 'stdout') {
    if (isBinary(first) && isTerminal('stdout')) {
      return reportUsageError(
        'compressed data would garble the terminal',
        'write it to a file (-o FILE), or use --gzip never',
      )
    }
    writeStdout(first.bytes)
    return 0
  }
  const deliveries =
    target.kind === 'folder' ? deliveriesOf(documents, planned) : [deliveryOf(target.path, first)]
  const folder = target.kind === 'folder' ? target.path : dirname(resolveSymlink(target.path))
  const refusals =
    target.kind === 'device'
      ? deliverInto(target.path, first.bytes)
      : await deliver(folder, deliveries, force === true)
  if (refusals.length > 0) {
    return reportFailure(sentence(refusals), 'nothing was written; --force overwrites files')
  }
  if (target.kind === 'folder' && quiet !== true) sayForgotten(folder, planned)
  if (verbose === true)
    for (const { path } of deliveries) writeStderr(`wrote ${join(folder, path)}\n`)
  return 0
}

/** A node that the spec has no more keeps its files: somebody might still give them to a machine. */
function sayForgotten(folder: string, { plans }: Planned): void {
  const names = new Set(plans.map(({ name }) => name))
  const folders = writtenInto(folder).flatMap(path => (path.includes('/') ? [dirname(path)] : []))
  for (const one of new Set(folders)) {
    if (!names.has(one))
      writeStderr(`${join(folder, one)} is of a node that is not in the spec any more\n`)
  }
}

function deliveryOf(path: string, { bytes, secret }: Artifact): Delivery {
  return { path: basename(resolveSymlink(path)), bytes, secret }
}

function deliveriesOf(documents: readonly Document[], planned: Planned): readonly Delivery[] {
  const files = documents.map(document => ({
    path: nameOf(document),
    bytes: document.artifact.bytes,
    secret: document.artifact.secret,
  }))
  const runbook = runbookOf(documents, planned)
  return [...files, { path: 'RUNBOOK.md', bytes: Buffer.from(runbook), secret: false }]
}

function sentence(refusals: readonly string[]): string {
  const more = refusals.length > 5 ? [`and ${refusals.length - 5} more`] : []
  return [...refusals.slice(0, 5), ...more].join('\n          ')
}

function isBinary({ mediaType }: Artifact): boolean {
  return !/^text\/|[+/]json$/.test(mediaType)
}
