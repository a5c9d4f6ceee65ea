/**
 * What any user-data, ours or not, leaves on a machine. It is read as cloud-init reads it, also
 * where cloud-init ignores what its author meant; whatever the bytes, the answer is a tree.
 */
import { isList, isMapping, parseYaml11, type Yaml11, type Yaml11Map } from '../../codec/pyyaml.ts'
import { decodeUtf8 } from '../../codec/text.ts'
import type { Rest, Tree } from '../../plan/tree.ts'
import { type Diagnostic, type Outcome, success } from '../../report/diagnostic.ts'
import type { Path } from '../../report/place.ts'
import { bareMachine, type Machine, notShown, treeOn } from '../foreign/machine-state.ts'
import { report } from '../rules.ts'
import { runCommand } from './foreign/commands.ts'
import { mergeConfig } from './foreign/merge.ts'
import { declaredType, type Part, partsOf, sizeOf } from './foreign/parts.ts'
import { commandsOf } from './foreign/shell-words.ts'
import { usersOf } from './foreign/users.ts'
import { type Step, writeFiles } from './foreign/write-files.ts'

/** Whether the bytes begin as user-data: with the mark of a type, or with the header of a message. */
export function isUserData(bytes: Uint8Array): boolean {
  const text = decodeUtf8(bytes)
  return (
    text !== null &&
    (declaredType(text) !== null || /^(?:content-type|mime-version)[ \t]*:/i.test(text))
  )
}

/** Reads user-data back into the tree that it leaves. */
export function inspectCloudInit(bytes: Uint8Array): Outcome<Tree> {
  const { parts, diagnostics } = partsOf(bytes)
  const { config, said, rest } = configOf(parts)
  const { machine, diagnostics: more } = applied(config, rest)
  return success(treeOn(machine), [...diagnostics, ...said, ...more, ...notShown(machine)])
}

/** The one config that the parts are merged into. */
function configOf(parts: readonly Part[]): Omit<ReadPart, 'config'> & { config: Yaml11Map } {
  let config: Yaml11Map = new Map()
  const said: Diagnostic[] = []
  const rest: Rest[] = []
  for (const part of parts) {
    const read = configFrom(part)
    said.push(...read.said)
    rest.push(...read.rest)
    if (read.config === null) continue
    const merged = mergeConfig(config, read.config, part.headers)
    if (typeof merged === 'string') said.push(ignored('a part', merged))
    else config = merged
  }
  return { config, said, rest }
}

interface ReadPart {
  readonly config: Yaml11Map | null
  readonly said: readonly Diagnostic[]
  readonly rest: readonly Rest[]
}

function configFrom(part: Part): ReadPart {
  if (part.type === 'text/cloud-config') return yamlOf(part.text)
  if (part.type === 'text/jinja2') return template(part)
  const size = `${sizeOf(part.text)} bytes`
  const name = scripts.get(part.type)
  if (name !== undefined) {
    const rest = [{ at: [], what: `${name} of ${size}`, text: part.text }]
    return { config: null, said: [], rest }
  }
  if (/[^\s]/.test(part.text)) return nothing(ignored(`${part.type} of ${size}`, whyIgnored(part)))
  return nothing()
}

function nothing(...said: readonly Diagnostic[]): ReadPart {
  return { config: null, said, rest: [] }
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
  if (type === 'text/jinja2') return nothing(said)
  const inner = configFrom({ ...part, type, text })
  return { ...inner, said: [said, ...inner.said] }
}

function yamlOf(text: string): ReadPart {
  const read = parseYaml11(text)
  if (!read.ok) return nothing(ignored('the config', read.why))
  if (isMapping(read.value)) return { ...nothing(), config: read.value }
  const why = read.value === null ? 'it is empty' : 'it is no mapping'
  return nothing(ignored('the config', why))
}

function ignored(what: string, why: string): Diagnostic {
  return report('inspect/ignored', [], { what, why })
}

/** Applies a config in cloud-init's order: files, users, deferred files, commands. */
function applied(config: Yaml11Map, rest: readonly Rest[]): Step {
  const others = [...config].filter(([key]) => !shown.has(String(key)))
  const besides = [
    ...others.map(([key, value]) => restOf([String(key)], `"${String(key)}"`, value)),
    ...restOfUsers(config.get('users')),
  ]
  const people: Machine = { ...bareMachine, users: usersOf(config), rest: [...rest, ...besides] }
  const files = config.has('write_files')
    ? writeFiles(people, config.get('write_files') ?? null)
    : { machine: people, diagnostics: [] }
  const commands = config.has('runcmd')
    ? runCommands(files.machine, config.get('runcmd') ?? null)
    : { machine: files.machine, diagnostics: [] }
  return {
    machine: commands.machine,
    diagnostics: [...files.diagnostics, ...commands.diagnostics],
  }
}

// A shell and whether a password may be used are the same in every config of ours.
const shownOfUsers = new Set(
  'name ssh_authorized_keys ssh-authorized-keys shell lock_passwd'.split(' '),
)

function restOfUsers(users: Yaml11 | undefined): readonly Rest[] {
  const list = isMapping(users) ? [...users.values()] : isList(users) ? users : []
  const fields = list.map(user =>
    isMapping(user) ? [...user].filter(([key]) => !shownOfUsers.has(String(key))) : [],
  )
  return fields.flat().length === 0 ? [] : [restOf(['users'], 'more about "users"', fields)]
}

function restOf(at: Path, what: string, value: unknown): Rest {
  const plain = (_: string, item: unknown) => (item instanceof Map ? [...item] : item)
  return { at, what, text: JSON.stringify(value, plain) ?? '' }
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
  const unknown: Yaml11[] = []
  for (const item of list) {
    const commands =
      typeof item === 'string' ? commandsOf(item) : isList(item) ? [item.map(String)] : []
    const after = commands?.reduce<Machine | null>(
      (now, argv) => (now === null ? null : runCommand(now, argv)),
      machine,
    )
    if (after === null || after === undefined) unknown.push(item)
    else machine = after
  }
  if (unknown.length === 0) return { machine, diagnostics: [] }
  const what =
    unknown.length === 1 ? 'one command of runcmd' : `${unknown.length} commands of runcmd`
  const rest = [...machine.rest, restOf(['runcmd'], what, unknown)]
  return { machine: { ...machine, rest }, diagnostics: [] }
}
