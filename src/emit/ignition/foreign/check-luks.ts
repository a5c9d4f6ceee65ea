/**
 * Ignition's checks of encrypted devices: github.com/coreos/ignition
 * config/v3_6/types/{luks,clevis,cex,tang}.go and their earlier versions.
 */
import { parseGoJson } from '../../../codec/go-json.ts'
import { parseGoUrl } from '../../../codec/go-url.ts'
import type { PlainMapping } from '../../../codec/plain.ts'
import { encodeUtf8 } from '../../../codec/text.ts'
import type { Path } from '../../../report/place.ts'
import { checkPath } from './check-nodes.ts'
import { problemOfSource } from './check-resources.ts'
import { type Finding, refusal } from './finding.ts'
import { fieldOf, listAt, objectAt, textAt } from './json-values.ts'

const maxLabelBytes = 47

/** Checks an encrypted device. */
export function checkLuks(luks: PlainMapping, path: Path, minor: number): readonly Finding[] {
  const device = textAt(luks, 'device') ?? ''
  const isLabelTooLong = encodeUtf8(textAt(luks, 'label') ?? '').length > maxLabelBytes
  return [
    ...(textAt(luks, 'name')?.includes('/') ? [refusal([...path, 'name'], 'name-with-slash')] : []),
    ...(isLabelTooLong
      ? [refusal([...path, 'label'], 'label-too-long', String(maxLabelBytes))]
      : []),
    ...(device === ''
      ? [refusal([...path, 'device'], 'device-missing')]
      : checkPath(device, [...path, 'device'])),
    ...checkKeys(luks, path, minor),
  ]
}

/** Checks the ways to unlock a device against each other. */
function checkKeys(luks: PlainMapping, path: Path, minor: number): readonly Finding[] {
  const clevis = objectAt(luks, 'clevis')
  const keySource = textAt(objectAt(luks, 'keyFile'), 'source') ?? ''
  const hasCex = fieldOf(objectAt(luks, 'cex'), 'enabled') === true
  const isKeyRefused = keySource !== '' && problemOfSource(keySource, minor) !== null
  const hasCustom = hasCustomPin(clevis, minor)
  return [
    ...(hasCustom && hasPins(clevis)
      ? [refusal([...path, 'clevis'], 'custom-pin-with-others')]
      : []),
    ...(isKeyRefused ? [refusal([...path, 'keyFile'], 'key-file-source')] : []),
    ...(hasCex && (hasCustom || hasPins(clevis))
      ? [refusal([...path, 'cex'], 'cex-with-clevis')]
      : []),
    ...(hasCex && keySource !== '' ? [refusal([...path, 'cex'], 'cex-with-key-file')] : []),
  ]
}

/** Whether Clevis uses pins of Ignition. */
function hasPins(clevis: PlainMapping): boolean {
  return (
    listAt(clevis, 'tang').length > 0 ||
    fieldOf(clevis, 'tpm2') === true ||
    (fieldOf(clevis, 'threshold') ?? 0) !== 0
  )
}

// In 3.2 an empty object counts too.
function hasCustomPin(clevis: PlainMapping, minor: number): boolean {
  if (minor === 2) return fieldOf(clevis, 'custom') !== undefined
  return (textAt(objectAt(clevis, 'custom'), 'pin') ?? '') !== ''
}

/** Checks a custom pin of Clevis. */
export function checkCustomPin(
  custom: PlainMapping,
  path: Path,
  minor: number,
): readonly Finding[] {
  const pin = textAt(custom, 'pin') ?? ''
  const config = textAt(custom, 'config') ?? ''
  const needsNetwork = minor >= 3 && fieldOf(custom, 'needsNetwork') === true
  if (pin === '' && config === '' && !needsNetwork) return []
  const isKnown = minor >= 6 || /^(?:tpm2|tang|sss)$/.test(pin)
  return [
    ...(pin === '' ? [refusal([...path, 'pin'], 'pin-missing')] : []),
    ...(pin !== '' && !isKnown ? [refusal([...path, 'pin'], 'pin-unknown', pin)] : []),
    ...(config === '' ? [refusal([...path, 'config'], 'pin-config-missing')] : []),
  ]
}

/** Checks a Tang server. */
export function checkTang(tang: PlainMapping, path: Path): readonly Finding[] {
  const url = parseGoUrl(textAt(tang, 'url') ?? '')
  const advertisement = textAt(tang, 'advertisement') ?? ''
  return [
    ...(url !== null && /^https?$/.test(url.scheme)
      ? []
      : [refusal([...path, 'url'], url === null ? 'url-invalid' : 'scheme-unknown', url?.scheme)]),
    ...((textAt(tang, 'thumbprint') ?? '') === ''
      ? [refusal([...path, 'thumbprint'], 'thumbprint-missing')]
      : []),
    ...(advertisement === '' || parseGoJson(advertisement).ok
      ? []
      : [refusal([...path, 'advertisement'], 'advertisement-not-json')]),
  ]
}
