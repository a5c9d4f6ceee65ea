/**
 * Comments of an archive and its entries, with which the reader finds the entries of the plan. They are
 * `comment` records of pax headers, which extraction ignores.
 */

/** The comment of a link that enables a unit and is not in the plan itself. */
export const impliedComment = 'gen-node: implied by other entries'

const enabledPrefix = 'gen-node: enabled units:'

/** The archive's comment with the names of the enabled units. */
export function printEnabled(units: readonly string[]): string {
  return [enabledPrefix, ...units].join(' ')
}

/** The names of the enabled units in an archive's comment; empty for an archive of another program. */
export function parseEnabled(comment: string | null): readonly string[] {
  if (comment === null || !comment.startsWith(enabledPrefix)) return []
  return comment.slice(enabledPrefix.length).split(' ').filter(Boolean)
}
