/**
 * Ignition's checks of units: github.com/coreos/ignition config/v3_6/types/{unit,systemd}.go,
 * config/shared/parse/unit.go and config/shared/validations/unit.go.
 */
import type { PlainMapping } from '../../../codec/plain.ts'
import type { Path } from '../../../report/place.ts'
import { type Finding, refusal, warning } from './finding.ts'
import { fieldOf, objectsAt, textAt } from './json-values.ts'
import { parseUnitSyntax } from './unit-syntax.ts'

const unitSuffix =
  /\.(?:service|socket|device|mount|automount|swap|target|path|timer|snapshot|slice|scope)$/

/** Checks a unit. */
export function checkUnit(unit: PlainMapping, path: Path): readonly Finding[] {
  const name = textAt(unit, 'name') ?? ''
  const contents = textAt(unit, 'contents') ?? ''
  const contentsPath = [...path, 'contents']
  const isEnabled = fieldOf(unit, 'enabled') === true && contents !== ''
  return [
    ...(unitSuffix.test(name) ? [] : [refusal([...path, 'name'], 'unit-suffix', name)]),
    ...checkSyntax(contents, contentsPath),
    ...(isEnabled && lacksInstall(contents)
      ? [warning(contentsPath, 'enabled-without-install', name)]
      : []),
  ]
}

/** Checks a drop-in. */
export function checkDropIn(dropIn: PlainMapping, path: Path): readonly Finding[] {
  const name = textAt(dropIn, 'name') ?? ''
  return [
    ...checkSyntax(textAt(dropIn, 'contents') ?? '', [...path, 'contents']),
    ...(/\.conf$/.test(name) ? [] : [refusal([...path, 'name'], 'drop-in-suffix', name)]),
  ]
}

function checkSyntax(contents: string, path: Path): readonly Finding[] {
  const syntax = parseUnitSyntax(contents)
  return syntax.ok ? [] : [refusal(path, syntax.problem)]
}

/** Whether a unit that can be read has no option in its section [Install]. */
function lacksInstall(contents: string): boolean {
  const syntax = parseUnitSyntax(contents)
  return syntax.ok && !syntax.sections.has('Install')
}

/** Checks that the template of each enabled instance can be enabled. */
export function checkInstances(systemd: PlainMapping, path: Path): readonly Finding[] {
  const units = objectsAt(systemd, 'units')
  const contentsByName = new Map(
    units.map(unit => [textAt(unit, 'name') ?? '', textAt(unit, 'contents') ?? '']),
  )
  return units.flatMap((unit, index) => {
    if (fieldOf(unit, 'enabled') !== true) return []
    const prefix = /^(.+?)@.+?\.service$/.exec(textAt(unit, 'name') ?? '')?.[1]
    const template = `${prefix}@.service`
    const contents = prefix === undefined ? '' : (contentsByName.get(template) ?? '')
    return contents !== '' && lacksInstall(contents)
      ? [warning([...path, 'units', index, 'contents'], 'enabled-without-install', template)]
      : []
  })
}
