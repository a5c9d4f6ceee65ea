/** One part of user-data: cloudinit/handlers/__init__.py. */
import { stripStart } from '../../../codec/python-text.ts'
import { encodeUtf8 } from '../../../codec/text.ts'
import {
  andThen,
  collectOutcomes,
  failure,
  type Outcome,
  success,
} from '../../../report/diagnostic.ts'
import { type Cause, report } from '../../rules.ts'

/** One part of user-data with the type that selects its handler. */
export interface Part {
  /** The part in messages. */
  readonly name: string
  readonly type: string
  readonly text: string
  readonly headers: ReadonlyMap<string, string>
}

/** The parts of user-data with notes about ignored parts, or the reason why cloud-init fails. */
export type Parts = Outcome<readonly Part[]>

// handlers.INCLUSION_TYPES_MAP, longest first.
const typesByMark: readonly (readonly [mark: string, type: string])[] = [
  ['text/x-shellscript-per-instance', 'text/x-shellscript-per-instance'],
  ['text/x-shellscript-per-boot', 'text/x-shellscript-per-boot'],
  ['text/x-shellscript-per-once', 'text/x-shellscript-per-once'],
  ['#cloud-config-archive', 'text/cloud-config-archive'],
  ['#cloud-config-jsonp', 'text/cloud-config-jsonp'],
  ['## template: jinja', 'text/jinja2'],
  ['#cloud-boothook', 'text/cloud-boothook'],
  ['#include-once', 'text/x-include-once-url'],
  ['#part-handler', 'text/part-handler'],
  ['#cloud-config', 'text/cloud-config'],
  ['#include', 'text/x-include-url'],
  ['#!', 'text/x-shellscript'],
]

/** The type that the first line of a text declares, or null. */
export function declaredType(text: string): string | null {
  const start = stripStart(text).slice(0, 40).toLowerCase()
  return typesByMark.find(([mark]) => start.startsWith(mark))?.[1] ?? null
}

/** All parts; where one of them is rejected, none. */
export function joined(list: readonly Parts[]): Parts {
  return andThen(collectOutcomes(list), parts => success(parts.flat()))
}

/** No part, and a warning. */
export function ignored(what: string, cause: Cause, detail = ''): Parts {
  return success([], [report('inspect/ignored', [], { what, cause, detail })])
}

/** An error: cloud-init applies none of the user-data. */
export function rejected(what: string, cause: Cause, detail = ''): Outcome<never> {
  return failure([report('inspect/rejected', [], { what, cause, detail })])
}

/** An error: cloud-init may read it, and it is not read here. */
export function unreadable(what: string, cause: Cause, detail = ''): Outcome<never> {
  return failure([report('inspect/unreadable', [], { what, cause, detail })])
}

/** The size of a text in bytes, for notes about it. */
export function sizeOf(text: string): number {
  return encodeUtf8(text).length
}
