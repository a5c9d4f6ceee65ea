/**
 * What any user-data, ours or not, leaves on a machine. It is read as cloud-init reads it, also
 * where cloud-init ignores what its author meant; whatever the bytes, the answer is a tree.
 */
import { isList, isMapping, parseYaml11, type Yaml11, type Yaml11Map } from '../../codec/yaml11.ts'
import type { Tree } from '../../plan/tree.ts'
import { andThen, type Diagnostic, type Outcome, report, success } from '../../report/diagnostic.ts'
import { bareMachine, type Machine, treeOn } from '../machine.ts'
import { unpacked } from '../unpack.ts'
import { runCommand } from './commands.ts'
import { type Step, writeFiles } from './files.ts'
import { mergeConfig } from './merge.ts'
import { declaredType, type Part, partsOf, sizeOf } from './parts.ts'
import { usersOf } from './users.ts'
import { commandsOf } from './words.ts'

/** Reads user-data back into the tree that it leaves. */
export function inspectCloudInit(bytes: Uint8Array): Outcome<Tree> {
  return andThen(unpacked(bytes), plain => {
    const { parts, diagnostics } = partsOf(plain)
    const { config, said } = configOf(parts)
    const { machine, diagnostics: more } = applied(config)
    return success(treeOn(machine), [...diagnostics, ...said, ...more])
  })
}

/** The one config that the parts are merged into. */
function configOf(parts: readonly Part[]): { config: Yaml11Map; said: readonly Diagnostic[] } {
  let config: Yaml11Map = new Map()
  const said: Diagnostic[] = []
  for (const part of parts) {
    const read = configFrom(part)
    said.push(...read.said)
    if (read.config === null) continue
    const merged = mergeConfig(config, read.config, part.headers)
    if (typeof merged === 'string') said.push(ignored('a part', merged))
    else config = merged
  }
  return { config, said }
}

interface ReadPart {
  readonly config: Yaml11Map | null
  readonly said: readonly Diagnostic[]
}

function configFrom(part: Part): ReadPart {
  if (part.type === 'text/cloud-config') return yamlOf(part.text)
  if (part.type === 'text/jinja2') return template(part)
  const size = `${sizeOf(part.text)} bytes`
  const name = scripts.get(part.type)
  if (name !== undefined) {
    return { config: null, said: [report('inspect/not-shown', [], { what: `${name} of ${size}` })] }
  }
  if (/[^\s]/.test(part.text))
    return { config: null, said: [ignored(`${part.type} of ${size}`, whyIgnored(part))] }
  return { config: null, said: [] }
}

const scripts = new Map([
  ['text/x-shellscript', 'a script'],
  ['text/x-shellscript-per-boot', 'a script for every boot'],
  ['text/x-shellscript-per-instance', 'a script'],
  ['text/x-shellscript-per-once', 'a script'],
  ['text/cloud-boothook', 'a boothook'],
  ['text/part-handler', 'a part handler'],
  ['text/cloud-config-jsonp', 'a JSON patch'],
  ['text/x-include-url', 'a list of addresses to fetch from'],
  ['text/x-include-once-url', 'a list of addresses to fetch from'],
])

function whyIgnored({ type, text }: Part): string {
  if (text.startsWith('\ufeff')) return 'it begins with a byte order mark'
  if (type !== 'text/x-not-multipart') return 'it knows no such type'
  return /^#cloud-config/im.test(text)
    ? 'something stands before #cloud-config'
    : 'its first line is not #cloud-config'
}

/** A template is read as if nothing in it were filled in. */
function template(part: Part): ReadPart {
  const text = part.text.trimStart().replace(/^[^\n]*\n?/, '')
  const type = declaredType(text) ?? 'text/x-not-multipart'
  const said = report('inspect/template', [], {})
  if (type === 'text/jinja2') return { config: null, said: [said] }
  const inner = configFrom({ ...part, type, text })
  return { config: inner.config, said: [said, ...inner.said] }
}

function yamlOf(text: string): ReadPart {
  const read = parseYaml11(text)
  if (!read.ok) return { config: null, said: [ignored('the config', read.why)] }
  if (isMapping(read.value)) return { config: read.value, said: [] }
  const why = read.value === null ? 'it is empty' : 'it is no mapping'
  return { config: null, said: [ignored('the config', why)] }
}

function ignored(what: string, why: string): Diagnostic {
  return report('inspect/ignored', [], { what, why })
}

/** Applies a config in cloud-init's order: files, users, deferred files, commands. */
function applied(config: Yaml11Map): Step {
  const people: Machine = { ...bareMachine, users: usersOf(config) }
  const files = config.has('write_files')
    ? writeFiles(people, config.get('write_files') ?? null)
    : { machine: people, diagnostics: [] }
  const commands = config.has('runcmd')
    ? runCommands(files.machine, config.get('runcmd') ?? null)
    : { machine: files.machine, diagnostics: [] }
  const others = [...config.keys()].map(String).filter(key => !shown.has(key))
  return {
    machine: commands.machine,
    diagnostics: [
      ...files.diagnostics,
      ...commands.diagnostics,
      ...others.map(key => report('inspect/not-shown', [key], { what: `"${key}"` })),
    ],
  }
}

// What is in the tree, or changes nothing in it.
const shown = new Set(
  `write_files runcmd users ssh_authorized_keys disable_root hostname fqdn preserve_hostname
   prefer_fqdn_over_hostname merge_how merge_type`.split(/\s+/),
)

function runCommands(start: Machine, list: Yaml11): Step {
  if (!isList(list)) return { machine: start, diagnostics: [ignored('runcmd', 'it is no list')] }
  const odd = list.findIndex(item => typeof item !== 'string' && item !== null && !isList(item))
  if (odd >= 0) {
    const why = `its entry ${odd} is neither a text nor a list`
    return {
      machine: start,
      diagnostics: [report('inspect/ignored', ['runcmd', odd], { what: 'runcmd', why })],
    }
  }
  let machine = start
  let unknown = 0
  for (const item of list) {
    const commands =
      typeof item === 'string' ? commandsOf(item) : isList(item) ? [item.map(String)] : []
    const after = commands?.reduce<Machine | null>(
      (now, argv) => (now === null ? null : runCommand(now, argv)),
      machine,
    )
    if (after === null || after === undefined) unknown++
    else machine = after
  }
  const what = unknown === 1 ? 'one command of runcmd' : `${unknown} commands of runcmd`
  return {
    machine,
    diagnostics: unknown === 0 ? [] : [report('inspect/not-shown', ['runcmd'], { what })],
  }
}
