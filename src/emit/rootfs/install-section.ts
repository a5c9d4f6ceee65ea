/** The [Install] section of unit files, as systemd 252 reads it: systemd.unit(5), src/shared/install.c. */

/** The settings of [Install], in the order of the files. */
export interface InstallSection {
  readonly aliases: readonly string[]
  readonly wantedBy: readonly string[]
  readonly requiredBy: readonly string[]
  readonly also: readonly string[]
  /** Empty where there is none. */
  readonly defaultInstance: string
}

/** The [Install] section of a unit's file and its drop-ins. */
export function parseInstallSection(files: readonly string[]): InstallSection {
  const settings = files.flatMap(settingsOf)
  const last = settings.findLast(([key]) => key === 'DefaultInstance')
  return {
    aliases: listOf('Alias', settings),
    wantedBy: listOf('WantedBy', settings),
    requiredBy: listOf('RequiredBy', settings),
    // An empty Also= does not reset the list, unlike the others; quotes have no meaning in it.
    also: settings.flatMap(([key, value]) =>
      key === 'Also' ? value.split(/\s+/).filter(Boolean) : [],
    ),
    defaultInstance: last?.[1] ?? '',
  }
}

type Setting = readonly [key: string, value: string]

function settingsOf(text: string): readonly Setting[] {
  const settings: Setting[] = []
  let section = ''
  for (const line of linesOf(text)) {
    const [, name] = /^\[(.*)\]$/.exec(line) ?? []
    if (name !== undefined) section = name
    const [, key, value] = /^([^=[]*?)\s*=\s*(.*)$/s.exec(line) ?? []
    if (section === 'Install' && key !== undefined && value !== undefined)
      settings.push([key, value])
  }
  return settings
}

/** Logical lines without comments; a backslash at the end of a line joins the next one. */
function linesOf(text: string): readonly string[] {
  const lines: string[] = []
  let start = ''
  for (const line of text.split(/\r\n|\n\r|[\n\r\0]/)) {
    if (/^\s*[#;]/.test(line)) continue
    if (line.endsWith('\\')) {
      start += `${line.slice(0, -1)} `
      continue
    }
    lines.push(`${start}${line}`.trim())
    start = ''
  }
  return start === '' ? lines : [...lines, start.trim()]
}

/** The values of a key; an empty assignment removes the earlier ones, an invalid one is ignored. */
function listOf(wantedKey: string, settings: readonly Setting[]): readonly string[] {
  let values: readonly string[] = []
  for (const [key, text] of settings) {
    if (key !== wantedKey) continue
    values = text === '' ? [] : [...values, ...(valuesOf(text) ?? [])]
  }
  return values
}

const quotedOrPlain = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"']+))/s

/** Values separated by spaces, some in quotes; null where a quote is not closed. */
function valuesOf(text: string): readonly string[] | null {
  const values: string[] = []
  let remaining = text
  let value: string | null = null
  while (remaining !== '') {
    const [space] = /^\s+/.exec(remaining) ?? []
    const part = space === undefined ? quotedOrPlain.exec(remaining) : null
    if (space === undefined && part === null) return null
    if (space !== undefined && value !== null) values.push(value)
    value = part === null ? null : `${value ?? ''}${part[1] ?? part[2] ?? part[3] ?? ''}`
    remaining = remaining.slice((space ?? part?.[0] ?? '').length)
  }
  return value === null ? values : [...values, value]
}
