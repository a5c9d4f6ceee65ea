/** Checks and passes the arguments of the user for `k0s install`. */
import { isController } from '../../model/controllers.ts'
import type { AnyNode, ListItem } from '../../model/spec.ts'
import { nearest } from '../../model/suggest.ts'
import type { Diagnostic } from '../../report/diagnostic.ts'
import type { Path } from '../../report/place.ts'
import { type InstallFlag, installFlags, kubeletFlags, type Refusal } from './install-flags.ts'
import { report } from './rules.ts'

/** One flag with its value, or an item that is not a flag. */
interface Argument {
  /** As written: `--profile` or `-c`; null where the item is not a flag. */
  readonly flag: string | null
  /** The row of the flag; null for an unknown flag. */
  readonly known: InstallFlag | null
  readonly value: string | null
  /** The items of the list: one, or a flag and its value. */
  readonly items: readonly [ListItem, ...ListItem[]]
}

/** Checks the arguments of a node, each at its item. */
export function checkArguments(node: AnyNode): readonly Diagnostic[] {
  return parse(node.args).flatMap(argument => checkArgument(argument, node))
}

function checkArgument(argument: Argument, node: AnyNode): readonly Diagnostic[] {
  const { flag, known, items } = argument
  const [{ text, from }] = items
  const characters = items.flatMap(checkCharacters)
  if (characters.length > 0) return characters
  if (flag === null) return [report('k0s/arg-without-flag', from, { found: JSON.stringify(text) })]
  if (known === null) return unknownFlag(flag, text, from)
  if (known.refusal !== null) return [refused(flag, known.refusal, from)]
  if (known.role === 'controller' && !isController(node)) {
    return [report('k0s/arg-of-controller', from, { flag, name: node.name })]
  }
  const last = items.at(-1) ?? items[0]
  if (!known.spaces && /\s/.test(argument.value ?? '')) return [withSpace(last)]
  return known.name === 'kubelet-extra-args'
    ? checkKubeletArguments(argument.value ?? '', node, last.from)
    : []
}

/** systemd reads quotes, backslashes, `$NAME` and `%n` in the unit that k0s writes. */
function checkCharacters({ text, from }: ListItem): readonly Diagnostic[] {
  const [character] = /["'`\\]|\$[\w{$]|%[A-Za-z%]/.exec(text) ?? []
  return character === undefined
    ? []
    : [report('k0s/arg-with-quotes', from, { found: shown(text), character })]
}

function unknownFlag(flag: string, text: string, from: Path): readonly Diagnostic[] {
  if (/\s/.test(flag)) return [withSpace({ text, from })]
  const names = installFlags.map(({ name }) => `--${name}`)
  return [report('k0s/arg-unknown', from, { flag, nearest: nearest(flag, names) })]
}

function withSpace({ text, from }: ListItem): Diagnostic {
  return report('k0s/arg-with-space', from, { found: shown(text) })
}

function refused(flag: string, refusal: Refusal, from: Path): Diagnostic {
  switch (refusal.kind) {
    case 'moves-path':
      return report('k0s/arg-moves-path', from, { flag, path: refusal.path })
    case 'set-by-gen-node':
      return report('k0s/arg-set-by-gen-node', from, { flag, field: refusal.field })
    case 'changes-start':
      return report('k0s/arg-changes-start', from, { flag })
  }
}

/** k0s splits the value at spaces, and every part must be an argument of the kubelet. */
function checkKubeletArguments(value: string, node: AnyNode, from: Path): readonly Diagnostic[] {
  return value.split(/\s+/).flatMap(part => {
    const [name = ''] = part.split('=')
    if (part === '') return []
    if (!part.startsWith('--')) {
      return [report('k0s/arg-without-flag', from, { found: JSON.stringify(part) })]
    }
    const isAddress = name === '--node-ip' && node.isolated
    const refusal: Refusal | undefined = isAddress
      ? { kind: 'set-by-gen-node', field: 'address' }
      : Object.hasOwn(kubeletFlags, name)
        ? kubeletFlags[name]
        : undefined
    return refusal === undefined ? [] : [refused(name, refusal, from)]
  })
}

function shown(text: string): string {
  return text.length > 60 ? 'this argument' : text
}

/** Groups the items of a list: each flag with its value, `--name=value` or two items. */
function parse(items: readonly ListItem[]): readonly Argument[] {
  const parsed: Argument[] = []
  for (let at = 0; at < items.length; at++) {
    const item = items[at]
    if (item === undefined) break
    const { flag, value } = split(item.text)
    const known = flag === null ? null : knownFlag(flag)
    const next = items[at + 1]
    if (known?.takesValue && value === null && next !== undefined) {
      parsed.push({ flag, known, value: next.text, items: [item, next] })
      at++
    } else {
      parsed.push({ flag, known, value, items: [item] })
    }
  }
  return parsed
}

/** Splits `--name=value`, `-n=value` and `-nvalue`; a flag without a value stays whole. */
function split(text: string): Pick<Argument, 'flag' | 'value'> {
  const [, long, value = null] = /^(--[^=]+)(?:=(.*))?$/.exec(text) ?? []
  if (long !== undefined) return { flag: long, value }
  const [, short = null, shortValue = ''] = /^(-[^-=])=?(.*)$/.exec(text) ?? []
  return { flag: short, value: shortValue === '' ? null : shortValue }
}

function knownFlag(flag: string): InstallFlag | null {
  const isLong = flag.startsWith('--')
  const found = installFlags.find(({ name, short }) =>
    isLong ? `--${name}` === flag : short !== null && `-${short}` === flag,
  )
  return found ?? null
}

/**
 * The arguments for the command line. k0s reads only the last --kubelet-extra-args: all values go into
 * one, with the address where the default route would give the kubelet a wrong one.
 */
export function userArguments(node: AnyNode): readonly string[] {
  const parsed = parse(node.args)
  const isKubelet = ({ known }: Argument) => known?.name === 'kubelet-extra-args'
  const address = node.isolated && node.address !== null ? [`--node-ip=${node.address}`] : []
  const values = [...address, ...parsed.filter(isKubelet).map(({ value }) => value ?? '')]
  const merged = values.length === 0 ? [] : [`--kubelet-extra-args=${values.join(' ')}`]
  const first = Math.max(0, parsed.findIndex(isKubelet))
  const others = (arguments_: readonly Argument[]) =>
    arguments_
      .filter(argument => !isKubelet(argument))
      .flatMap(({ items }) => items.map(({ text }) => text))
  return [...others(parsed.slice(0, first)), ...merged, ...others(parsed.slice(first))]
}
