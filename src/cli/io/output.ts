/** Where artifacts are written: to stdout, into a file, or into a folder with one folder per node. */
import {
  type Artifact,
  artifactName,
  defaultFormat,
  defaultFormats,
  type Format,
  formatOfPath,
} from '../../index.ts'
import type { FormatFlags, OutputFlags, ReportFlags } from '../args/flags.ts'
import { type Delivery, deliver, deliverToDevice, previouslyWritten } from './deliver.ts'
import { basename, dirname, join, resolve, resolveSymlink, targetType } from './files.ts'
import { reportFailure, reportUsageError } from './findings.ts'
import { isTerminal, writeStderr, writeStdout } from './streams.ts'

/** Where the artifacts go, and in which formats. */
export type OutputTarget = { readonly formats: readonly Format[] } & (
  | { readonly kind: 'stdout' }
  | { readonly kind: 'file' | 'device' | 'folder'; readonly path: string }
)

/** The target that the flags set for a number of nodes, or the reason why they are invalid. */
export function outputTarget(
  nodeCount: number,
  { output, format }: OutputFlags & FormatFlags,
): OutputTarget | string {
  const single = [format ?? formatOfPath(output ?? '') ?? defaultFormat] as const
  if (output === undefined || output === '-') {
    if (nodeCount > 1) {
      return `${nodeCount} nodes cannot be written to stdout: choose a node with --node, or give a folder`
    }
    return { kind: 'stdout', formats: single }
  }
  if (output === '') return '--output is empty'
  const type = targetType(output)
  if (type === 'folder' || /[/\\]$/.test(output) || (nodeCount > 1 && type === 'nothing')) {
    return { kind: 'folder', path: resolve(output), formats: format ? single : defaultFormats }
  }
  if (nodeCount > 1) return `${nodeCount} nodes cannot be written into the file ${output}`
  return { kind: type === 'other' ? 'device' : 'file', path: resolve(output), formats: single }
}

/** The run book of an output folder, and the names that its folders may have. */
export interface FolderExtras {
  readonly runbook: string
  /** The names of the spec's nodes; folders of other nodes are reported. */
  readonly nodeNames: readonly string[]
}

/** Writes the artifacts; returns the exit code. */
export async function writeArtifacts(
  target: OutputTarget,
  artifacts: readonly Artifact[],
  extras: FolderExtras,
  flags: OutputFlags & ReportFlags,
): Promise<number> {
  const [first] = artifacts
  if (first === undefined) return 0
  switch (target.kind) {
    case 'stdout':
      return writeToStdout(first)
    case 'device':
      return reportRefusals(deliverToDevice(target.path, first.bytes))
    case 'file': {
      const path = resolveSymlink(target.path)
      const delivery = { path: basename(path), bytes: first.bytes, secret: first.secret }
      return writeFiles(dirname(path), [delivery], flags)
    }
    case 'folder': {
      const runbook = { path: 'RUNBOOK.md', bytes: Buffer.from(extras.runbook), secret: false }
      const code = await writeFiles(target.path, [...artifacts.map(toDelivery), runbook], flags)
      if (code === 0 && flags.quiet !== true) reportStaleFolders(target.path, extras.nodeNames)
      return code
    }
  }
}

function writeToStdout({ bytes, mediaType }: Artifact): number {
  const isText = /^text\/|[+/]json$/.test(mediaType)
  if (!isText && isTerminal('stdout')) {
    return reportUsageError(
      'binary output is not written to a terminal',
      'write it to a file (-o FILE), or use --gzip never',
    )
  }
  writeStdout(bytes)
  return 0
}

async function writeFiles(
  folder: string,
  deliveries: readonly Delivery[],
  { force, verbose }: OutputFlags & ReportFlags,
): Promise<number> {
  const refusals = await deliver(folder, deliveries, force === true)
  if (refusals.length > 0) return reportRefusals(refusals)
  if (verbose === true) {
    for (const { path } of deliveries) writeStderr(`wrote ${join(folder, path)}\n`)
  }
  return 0
}

const maxShownRefusals = 5

function reportRefusals(refusals: readonly string[]): number {
  if (refusals.length === 0) return 0
  const more = refusals.length - maxShownRefusals
  const shown = refusals.slice(0, maxShownRefusals)
  const lines = more > 0 ? [...shown, `and ${more} more`] : shown
  return reportFailure(
    lines.join('\n          '),
    'nothing was written; --force overwrites existing files',
  )
}

/** Reports folders of removed nodes: their files stay on the disk and could be used by mistake. */
function reportStaleFolders(folder: string, nodeNames: readonly string[]): void {
  const written = previouslyWritten(folder).filter(path => path.includes('/'))
  for (const name of new Set(written.map(dirname))) {
    if (!nodeNames.includes(name)) {
      writeStderr(`${join(folder, name)} belongs to a node that is no longer in the spec\n`)
    }
  }
}

function toDelivery(artifact: Artifact): Delivery {
  return { path: artifactName(artifact), bytes: artifact.bytes, secret: artifact.secret }
}
