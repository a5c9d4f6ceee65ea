/**
 * The symbolic links that `systemctl --root=DIR enable UNIT` creates, by the rules of systemd 252
 * (src/shared/install.c).
 */
import { compareText, decodeUtf8 } from '../../codec/text.ts'
import type { NodePlan } from '../../plan/plan.ts'
import { unitDirectory } from '../../plan/tree.ts'
import type { Cause } from '../rules.ts'
import { type InstallSection, parseInstallSection } from './install-section.ts'

/** A link that enables a unit, by absolute path and target. */
export interface EnabledLink {
  readonly path: string
  readonly target: string
}

/** Why the links of a unit cannot be determined. */
export interface Problem {
  readonly cause: Cause
  readonly detail: string
}

/** The links of one enabled unit and of its Also= units, and the problems that prevent some of them. */
export interface Enabling {
  readonly links: readonly EnabledLink[]
  readonly problems: readonly Problem[]
}

/** The unit files of a plan, by path: those of its units, and files and drop-ins beside them. */
export function unitTexts(plan: NodePlan): ReadonlyMap<string, string> {
  const files = plan.files.flatMap(({ path, content }) =>
    path.startsWith(`${unitDirectory}/`) ? [[path, decodeUtf8(content) ?? ''] as const] : [],
  )
  const units = plan.units.map(
    ({ name, content }) => [`${unitDirectory}/${name}`, content] as const,
  )
  return new Map([...files, ...units])
}

/** The links that enable a unit. */
export function enableUnit(name: string, texts: ReadonlyMap<string, string>): Enabling {
  const links: EnabledLink[] = []
  const problems: Problem[] = []
  const pending = [name]
  const visited = new Set<string>()
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    if (visited.has(next)) continue
    visited.add(next)
    const unit = unitOf(next, texts)
    if (unit === null) {
      problems.push({ cause: 'also-outside-plan', detail: next })
      continue
    }
    const { also, enabling } = installUnit(unit)
    pending.push(...also)
    links.push(...enabling.links)
    problems.push(...enabling.problems)
  }
  return { links, problems }
}

interface Unit {
  readonly name: string
  /** The name that links have: with the default instance where the unit is a template. */
  readonly linkName: string
  /** The path of the unit file, which links point to. */
  readonly path: string
  readonly install: InstallSection
}

/** A unit by name; an instance without its own file uses the file of its template. */
function unitOf(name: string, texts: ReadonlyMap<string, string>): Unit | null {
  const template = templateOf(name)
  const fileName = texts.has(`${unitDirectory}/${name}`) ? name : template
  const text = texts.get(`${unitDirectory}/${fileName}`)
  if (text === undefined) return null
  const dropInDirectories = [...new Set([name, template])].map(
    owner => `${unitDirectory}/${owner}.d/`,
  )
  const dropIns = [...texts]
    .filter(([path]) => dropInDirectories.some(directory => isDropIn(path, directory)))
    .sort(([a], [b]) => compareText(baseName(a), baseName(b)))
  const install = parseInstallSection([text, ...dropIns.map(([, content]) => content)])
  const instance = expand(install.defaultInstance, name) ?? ''
  const isValid = /^[A-Za-z0-9:_.\\@-]+$/.test(instance)
  const linkName = isTemplate(name) && isValid ? name.replace('@.', `@${instance}.`) : name
  return { name, linkName, path: `${unitDirectory}/${fileName}`, install }
}

function isDropIn(path: string, directory: string): boolean {
  return path.startsWith(directory) && /^[^/]+\.conf$/.test(path.slice(directory.length))
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function installUnit(unit: Unit): {
  readonly also: readonly string[]
  readonly enabling: Enabling
} {
  const { install, path: target, linkName } = unit
  const also = install.also.map(text => nameFrom(text, unit))
  const dependencies = [
    ...install.wantedBy.map(text => ['wants', nameFrom(text, unit)] as const),
    ...install.requiredBy.map(text => ['requires', nameFrom(text, unit)] as const),
  ]
  const aliases = mayHaveAlias(unit.name) ? install.aliases.map(text => aliasFrom(text, unit)) : []
  const parents = dependencies.map(([kind, parent]): string | Problem => {
    if (typeof parent !== 'string') return parent
    if (isTemplate(linkName) && !isTemplate(parent)) {
      return { cause: 'no-default-instance', detail: linkName }
    }
    return `${parent}.${kind}/${linkName}`
  })
  const names = [...aliases.filter(alias => alias !== unit.name), ...parents]
  return {
    also: also.filter(isText),
    enabling: {
      links: names.filter(isText).map(name => ({ path: `${unitDirectory}/${name}`, target })),
      problems: [...also, ...names].filter(item => typeof item !== 'string'),
    },
  }
}

function isText(item: string | Problem): item is string {
  return typeof item === 'string'
}

/** The unit name of a setting, with its specifiers expanded. */
function nameFrom(text: string, unit: Unit): string | Problem {
  const name = expand(text, unit.linkName)
  if (name === null) return { cause: 'unknown-specifier', detail: text }
  return isUnitName(name) ? name : { cause: 'invalid-unit-name', detail: name }
}

/** An alias has the unit's type, and is a template or an instance as the unit is. */
function aliasFrom(text: string, unit: Unit): string | Problem {
  const alias = nameFrom(text, unit)
  if (typeof alias !== 'string') return alias
  const invalid = { cause: 'invalid-alias', detail: alias } as const
  if (suffixOf(alias) !== suffixOf(unit.name)) return invalid
  const instance = instanceOf(unit.name)
  if (isTemplate(unit.name)) return instanceOf(alias) === null ? invalid : alias
  if (instance === null) return instanceOf(alias) === null ? alias : invalid
  if (isTemplate(alias)) return alias.replace('@.', `@${instance}.`)
  return instanceOf(alias) === instance ? alias : invalid
}

/** Expands specifiers that depend on the unit's name; null where one depends on the node. */
function expand(text: string, name: string): string | null {
  const stem = name.slice(0, name.lastIndexOf('.'))
  const prefix = stem.replace(/@.*$/s, '')
  const values: Readonly<Record<string, string>> = {
    i: instanceOf(name) ?? '',
    j: prefix.slice(prefix.lastIndexOf('-') + 1),
    n: name,
    N: stem,
    p: prefix,
    '%': '%',
  }
  const letters = [...text.matchAll(/%(.)/gs)].map(([, letter = '']) => letter)
  if (letters.some(letter => !Object.hasOwn(values, letter))) return null
  return text.replaceAll(/%(.)/gs, (_, letter: string) => values[letter] ?? '')
}

const unitTypes = 'service|socket|target|device|mount|automount|swap|timer|path|slice|scope'
const unitName = new RegExp(`^[A-Za-z0-9:_.\\\\-][A-Za-z0-9:_.\\\\@-]*\\.(?:${unitTypes})$`)

function isUnitName(name: string): boolean {
  return unitName.test(name) && name.length < 256
}

function suffixOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/** Mounts, swaps, slices and scopes have no aliases; systemctl ignores Alias= in them. */
function mayHaveAlias(name: string): boolean {
  return ['service', 'socket', 'target', 'device', 'timer', 'path'].includes(suffixOf(name))
}

/** The text after the first @, empty for a template; null where there is no @. */
function instanceOf(name: string): string | null {
  return /^[^@]*@(.*)\.[^.]*$/s.exec(name)?.[1] ?? null
}

function isTemplate(name: string): boolean {
  return instanceOf(name) === ''
}

function templateOf(name: string): string {
  return instanceOf(name) === null ? name : name.replace(/@.*(?=\.[^.]*$)/s, '@')
}
