/** Renders nodes in several formats, with one line per artifact about its size. */
import {
  type Artifact,
  artifactName,
  type Diagnostic,
  distinct,
  emitterOptions,
  type Format,
  isClusterFormat,
  nodeNames,
  type Planned,
  type RenderOptions,
  render,
  sizeLine,
  verifyRendered,
} from '../index.ts'
import { type FormatFlags, flagValue, type ReportFlags } from './args/flags.ts'
import { preventsOutput } from './io/findings.ts'
import { yieldToEventLoop } from './io/process.ts'

/** All artifacts with their diagnostics. */
export interface Rendering {
  readonly artifacts: readonly Artifact[]
  readonly diagnostics: readonly Diagnostic[]
  /** Whether every error is a size over the limit of a platform. */
  readonly onlyOverBudget: boolean
  /** One line per artifact, for stderr. */
  readonly sizes: string
}

/** Renders the nodes in the formats; yields to signals between nodes. */
export async function renderNodes(
  planned: Planned,
  names: readonly string[],
  formats: readonly Format[],
  flags: FormatFlags & ReportFlags,
): Promise<Rendering> {
  const options = renderOptions(flags)
  const artifacts: Artifact[] = []
  const diagnostics: Diagnostic[] = []
  const sizes: string[] = []
  const clusterFormats = formats.filter(isClusterFormat)
  const nodeFormats = formats.filter(format => !isClusterFormat(format))
  const targets = [
    ...names.flatMap(node => nodeFormats.map(format => ({ node, format }))),
    ...clusterFormats.map(format => ({ node: null, format })),
  ]
  for (const [index, target] of targets.entries()) {
    const outcome = render(planned, target, options)
    diagnostics.push(...outcome.diagnostics)
    if (outcome.ok) {
      verifyRendered(planned, target, outcome.value)
      artifacts.push(...outcome.value)
      // The size is computed only where the line is printed, because it may need compression.
      if (flags.quiet !== true) {
        for (const artifact of outcome.value) {
          const prefix = targets.length > 1 ? `${artifactName(artifact)}: ` : ''
          sizes.push(`${prefix}${sizeLine(target, artifact, options)}\n`)
        }
      }
    }
    if (index % 32 === 31) await yieldToEventLoop()
  }
  const errors = diagnostics.filter(diagnostic => preventsOutput([diagnostic], flags))
  return {
    artifacts,
    diagnostics: distinct(diagnostics),
    onlyOverBudget: errors.length > 0 && errors.every(({ rule }) => rule === 'size/over-budget'),
    sizes: sizes.join(''),
  }
}

function renderOptions(flags: FormatFlags): RenderOptions {
  const values = emitterOptions.flatMap(({ name }) => {
    const value = flagValue(flags, `--${name}`)
    return value === undefined ? [] : [[name, value] as const]
  })
  return { gzip: flags.gzip ?? 'auto', options: Object.fromEntries(values) }
}

/** The names of the nodes to render, or the error in --node. */
export function selectNodes(
  planned: Planned,
  name: string | undefined,
): readonly string[] | string {
  const names = nodeNames(planned)
  if (name === undefined) return names
  if (names.includes(name)) return [name]
  const shown = names.length > 12 ? [...names.slice(0, 12), '…'] : names
  return `there is no node "${name}"; the nodes are ${shown.join(', ')}`
}
