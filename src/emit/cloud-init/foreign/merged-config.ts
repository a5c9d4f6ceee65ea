/** Merges the parts of user-data into one config, as cloud-init does. */
import { isMapping, parseYaml11, type Yaml11Map } from '../../../codec/pyyaml.ts'
import type { Diagnostic } from '../../../report/diagnostic.ts'
import type { Unmodelled } from '../../emitter.ts'
import { type Cause, report } from '../../rules.ts'
import { mergeConfig } from './merge.ts'
import { declaredType, type Part, sizeOf } from './parts.ts'

/** A config with the findings about its parts, and the parts whose effect is not modelled. */
export interface Config {
  readonly config: Yaml11Map
  readonly diagnostics: readonly Diagnostic[]
  readonly unmodelled: readonly Unmodelled[]
}

/** The config that the parts are merged into. */
export function configOf(parts: readonly Part[]): Config {
  let config: Yaml11Map = new Map()
  const diagnostics: Diagnostic[] = []
  const unmodelled: Unmodelled[] = []
  for (const part of parts) {
    const read = readPart(part)
    diagnostics.push(...read.diagnostics)
    unmodelled.push(...read.unmodelled)
    if (read.config === null) continue
    const merged = mergeConfig(config, read.config, part.headers)
    if (typeof merged === 'string') diagnostics.push(ignored('a part', merged))
    else config = merged
  }
  return { config, diagnostics, unmodelled }
}

type ReadPart = Omit<Config, 'config'> & { readonly config: Yaml11Map | null }

function readPart(part: Part): ReadPart {
  if (part.type === 'text/cloud-config') return readYaml(part.text)
  if (part.type === 'text/jinja2') return readTemplate(part)
  const size = `${sizeOf(part.text)} bytes`
  const name = unmodelledTypes.get(part.type)
  if (name !== undefined) {
    const unmodelled = [{ path: [], what: `${name} of ${size}`, text: part.text }]
    return { config: null, diagnostics: [], unmodelled }
  }
  const isBlank = !/[^\s]/.test(part.text)
  return isBlank ? noConfig() : noConfig(ignored(`${part.type} of ${size}`, causeOf(part)))
}

function noConfig(...diagnostics: readonly Diagnostic[]): ReadPart {
  return { config: null, diagnostics, unmodelled: [] }
}

const unmodelledTypes: ReadonlyMap<string, string> = new Map([
  ['text/x-shellscript', 'a script'],
  ['text/x-shellscript-per-boot', 'a script for every boot'],
  ['text/x-shellscript-per-instance', 'a script'],
  ['text/x-shellscript-per-once', 'a script'],
  ['text/cloud-boothook', 'a boothook'],
  ['text/part-handler', 'a part handler'],
  ['text/cloud-config-jsonp', 'a JSON patch'],
  ['text/x-include-url', 'a list of included URLs'],
  ['text/x-include-once-url', 'a list of included URLs'],
])

function causeOf({ type, text }: Part): Cause {
  if (text.startsWith('\ufeff')) return 'byte-order-mark'
  if (type !== 'text/x-not-multipart') return 'unknown-type'
  return /^#cloud-config/im.test(text) ? 'header-not-first' : 'no-header'
}

/** A template is read without rendering it. */
function readTemplate(part: Part): ReadPart {
  const text = part.text.trimStart().replace(/^[^\n]*\n?/, '')
  const type = declaredType(text) ?? 'text/x-not-multipart'
  const templateWarning = report('inspect/template', [], {})
  if (type === 'text/jinja2') return noConfig(templateWarning)
  const inner = readPart({ ...part, type, text })
  return { ...inner, diagnostics: [templateWarning, ...inner.diagnostics] }
}

function readYaml(text: string): ReadPart {
  const read = parseYaml11(text)
  if (!read.ok) return noConfig(ignored('the config', 'bad-yaml', read.reason))
  if (isMapping(read.value)) return { ...noConfig(), config: read.value }
  return noConfig(ignored('the config', read.value === null ? 'empty' : 'not-a-mapping'))
}

function ignored(what: string, cause: Cause, detail = ''): Diagnostic {
  return report('inspect/ignored', [], { what, cause, detail })
}
