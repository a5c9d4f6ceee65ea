/** Versions such as `1.33.4`, with or without a leading v and a build suffix. */

/** The parser for versions with one of these major numbers; it returns major, minor and, where written, patch. */
export function versionParser(
  majors: readonly number[],
): (text: string) => readonly number[] | null {
  const form = new RegExp(
    `^v?(${majors.join('|')})\\.([0-9]{1,3})(?:\\.([0-9]{1,3})(?:[+-][0-9A-Za-z.+-]{1,40})?)?$`,
  )
  return text => {
    const [, ...parts] = form.exec(text) ?? []
    return parts.length === 0 ? null : parts.filter(part => part !== undefined).map(Number)
  }
}
