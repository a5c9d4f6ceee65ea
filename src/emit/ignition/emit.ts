/**
 * Writes a plan as an Ignition config. Ignition applies a config completely or fails the boot, so a mode
 * that the requested version of its specification lacks is an error here.
 */

import { printDataUrl, printPlainDataUrl } from '../../codec/data-url.ts'
import { sha256, sha512 } from '../../codec/hash.ts'
import { memoizeByBytes } from '../../codec/memoize.ts'
import { decodeUtf8, encodeUtf8 } from '../../codec/text.ts'
import type { NodePlan, PlanFile, PlanUnit } from '../../plan/plan.ts'
import {
  andThen,
  type Diagnostic,
  failure,
  type Outcome,
  success,
} from '../../report/diagnostic.ts'
import type { Artifact, Want } from '../emitter.ts'
import { type Packing, packingOf, wrap } from '../envelope.ts'
import { type Cause, report } from '../rules.ts'
import { parseUnitSyntax } from './foreign/unit-syntax.ts'
import {
  defaultVersion,
  isOlder,
  modeRows,
  type Version,
  versionOption,
  versions,
} from './versions.ts'

/** The Ignition config of a plan. */
export function emitIgnition(plan: NodePlan, want: Want): Outcome<Artifact> {
  const requested = want.options[versionOption] ?? defaultVersion
  const version = versions.find(row => row.version === requested)
  if (version === undefined) {
    const known = versions.map(row => row.version).join(', ')
    return failure([report('emit/unknown-version', [], { version: requested, known })])
  }
  const unsupported = [
    ...unsupportedModes(plan, version),
    ...unusableFiles(plan),
    ...refusedUnits(plan),
  ]
  if (unsupported.length > 0) return failure(unsupported)
  return andThen(packingOf('ignition', want), packing => {
    const text = `${JSON.stringify(config(plan, version, packing))}\n`
    const artifact = {
      node: plan.name,
      path: 'config.ign',
      bytes: encodeUtf8(text),
      mediaType: 'application/vnd.coreos.ignition+json',
      secret: plan.files.some(file => file.secret),
    }
    return success(wrap(artifact, packing))
  })
}

/** One error for each mode of the plan that the version lacks. */
function unsupportedModes(plan: NodePlan, { version }: Version): readonly Diagnostic[] {
  return [...plan.files, ...plan.directories].flatMap(({ mode, from }) =>
    modeRows
      .filter(({ bits, since }) => (mode & bits) !== 0 && isOlder(version, since))
      .map(({ what, since }) => report('emit/version-lacks', from, { version, what, since })),
  )
}

const unusable = {
  '/etc/systemd/system-preset/20-ignition.preset': 'appended-by-ignition',
  // Ignition enables units by a preset, and systemd applies presets only at the first boot: machine-id(5).
  '/etc/machine-id': 'no-presets',
} as const satisfies Readonly<Record<string, Cause>>

/** One error for each unit that Ignition does not read; systemd itself ignores such lines. */
function refusedUnits(plan: NodePlan): readonly Diagnostic[] {
  return plan.units.flatMap(({ name, content, from }) => {
    const syntax = parseUnitSyntax(content)
    if (syntax.ok) return []
    const args = { format: 'ignition', item: 'unit', name, cause: syntax.problem } as const
    return [report('emit/cannot-carry', from, { ...args, detail: '' })]
  })
}

/** One error for each file whose content or effect Ignition and systemd would change. */
function unusableFiles(plan: NodePlan): readonly Diagnostic[] {
  return Object.entries(unusable).flatMap(([name, cause]) =>
    plan.files
      .filter(({ path }) => path === name)
      .map(({ from }) =>
        report('emit/cannot-carry', from, {
          format: 'ignition',
          item: 'file',
          name,
          cause,
          detail: '',
        }),
      ),
  )
}

type Table = Readonly<Record<string, unknown>>

function config(plan: NodePlan, version: Version, packing: Packing): Table {
  return {
    ignition: { version: version.version },
    ...section('passwd', {
      users: plan.users.map(({ name, authorizedKeys }) => ({
        name,
        ...(authorizedKeys.length === 0 ? {} : { sshAuthorizedKeys: authorizedKeys }),
      })),
    }),
    ...section('storage', {
      directories: plan.directories.map(({ path, mode, owner }) => ({
        path,
        mode,
        ...ownerOf(owner),
      })),
      files: plan.files.map(file => fileOf(file, version, packing)),
      links: plan.links.map(({ path, target }) => ({
        path,
        ...rootOwner,
        overwrite: true,
        target,
      })),
    }),
    ...section('systemd', { units: plan.units.map(unitOf) }),
  }
}

// A link without an owner takes that of the file to which it leads: internal/exec/util/file.go,
// SetPermissions of github.com/coreos/ignition.
const rootOwner = { user: { id: 0 }, group: { id: 0 } } as const

/** A section without its empty lists, and no section without lists. */
function section(name: string, lists: Readonly<Record<string, readonly Table[]>>): Table {
  const filled = Object.entries(lists).filter(([, list]) => list.length > 0)
  return filled.length === 0 ? {} : { [name]: Object.fromEntries(filled) }
}

function unitOf({ name, content, enabled }: PlanUnit): Table {
  return {
    name,
    ...(enabled ? { enabled } : {}),
    contents: content,
  }
}

// Without `overwrite` an existing file fails the boot: https://coreos.github.io/ignition/configuration-v3_3/.
function fileOf(file: PlanFile, version: Version, packing: Packing): Table {
  const { url, compression } =
    packing !== 'none' && decodeUtf8(file.content) !== null
      ? { url: printPlainDataUrl(file.content), compression: '' }
      : printDataUrl(file.content)
  const hash = hashes[version.hash](file.content)
  return {
    path: file.path,
    mode: file.mode,
    ...ownerOf(file.owner),
    overwrite: true,
    contents: {
      source: url,
      // Written even where it is empty: otherwise this config would inherit it when it is merged.
      compression,
      verification: { hash: `${version.hash}-${hash}` },
    },
  }
}

const hashes = { sha256: memoizeByBytes(sha256, 64), sha512: memoizeByBytes(sha512, 64) } as const

function ownerOf(owner: string): Table {
  const [user = 'root', group = 'root'] = owner.split(':')
  return {
    ...(user === 'root' ? {} : { user: { name: user } }),
    ...(group === 'root' ? {} : { group: { name: group } }),
  }
}
