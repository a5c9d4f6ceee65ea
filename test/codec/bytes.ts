/** Random bytes: short ones without a pattern, longer ones with repetitions. */
import fc from 'fast-check'

export const randomBytes = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .tuple(fc.uint8Array({ maxLength: 30 }), fc.nat(500))
    .map(([part, times]) => Uint8Array.from(Array.from({ length: times }, () => [...part]).flat())),
)
