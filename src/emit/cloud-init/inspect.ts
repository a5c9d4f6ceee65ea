/**
 * The tree that user-data of any origin creates on a machine. It is interpreted as cloud-init does it:
 * invalid parts are ignored with a warning, so that any bytes have a tree.
 */
import type { Yaml11Map } from '../../codec/pyyaml.ts'
import { decodeUtf8 } from '../../codec/text.ts'
import { type Outcome, success } from '../../report/diagnostic.ts'
import type { InspectedTree, Unmodelled } from '../emitter.ts'
import { emptyState, toTree, unmodelledNotes } from '../foreign/machine-state.ts'
import { detailsOf } from './foreign/cloud-config-details.ts'
import { configOf } from './foreign/merged-config.ts'
import { declaredType, partsOf } from './foreign/parts.ts'
import { runCommands } from './foreign/runcmd.ts'
import { unmodelledIn } from './foreign/unmodelled-keys.ts'
import { usersOf } from './foreign/users.ts'
import { type Step, writeFiles } from './foreign/write-files.ts'

/** Whether the bytes begin as user-data does: with the mark of a type, or with a MIME header. */
export function isUserData(bytes: Uint8Array): boolean {
  const text = decodeUtf8(bytes)
  if (text === null) return false
  return declaredType(text) !== null || /^(?:content-type|mime-version)[ \t]*:/i.test(text)
}

/** The tree that uncompressed user-data creates. */
export function inspectCloudInit(bytes: Uint8Array): Outcome<InspectedTree> {
  const { parts, diagnostics } = partsOf(bytes)
  const merged = configOf(parts)
  const applied = applyConfig(merged.config, merged.unmodelled)
  const details = detailsOf(merged.config, merged.unmodelled)
  return success(toTree(applied.state, details), [
    ...diagnostics,
    ...merged.diagnostics,
    ...applied.diagnostics,
    ...unmodelledNotes(applied.state),
  ])
}

/** Applies a config in cloud-init's order: files, users, deferred files, commands. */
function applyConfig(config: Yaml11Map, unmodelledParts: readonly Unmodelled[]): Step {
  const start = {
    ...emptyState,
    users: usersOf(config),
    unmodelled: [...unmodelledParts, ...unmodelledIn(config)],
  }
  const files = config.has('write_files')
    ? writeFiles(start, config.get('write_files') ?? null)
    : { state: start, diagnostics: [] }
  const commands = config.has('runcmd')
    ? runCommands(files.state, config.get('runcmd') ?? null)
    : { state: files.state, diagnostics: [] }
  return { state: commands.state, diagnostics: [...files.diagnostics, ...commands.diagnostics] }
}
