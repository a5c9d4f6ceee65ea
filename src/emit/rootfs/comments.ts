/**
 * The comments in an archive that tell its reader which entries the plan has. Extraction ignores
 * them: `comment` records of pax headers have no effect.
 */

/** The comment of an entry that the plan does not have: a parent directory, a link that enables a unit. */
export const impliedComment = 'gen-node: implied by other entries'

const enabledPrefix = 'gen-node: enabled units:'

/** The archive's comment with the names of the enabled units. */
export function printEnabled(units: readonly string[]): string {
  return [enabledPrefix, ...units].join(' ')
}

/** The names of the enabled units in an archive's comment; none in a foreign one. */
export function parseEnabled(comment: string | null): readonly string[] {
  if (comment === null || !comment.startsWith(enabledPrefix)) return []
  return comment.slice(enabledPrefix.length).split(' ').filter(Boolean)
}
