/** The files that a distribution writes itself: they belong to root, and only root reads secrets. */
import { encodeUtf8 } from '../../codec/text.ts'
import type { Layer, PlanFile } from '../../plan/plan.ts'
import type { Path } from '../../report/place.ts'

/** The readers of a file: all machines with the image, one machine, or root of one machine. */
export type Exposure = Layer | 'secret'

/** A file of root with this text or these bytes; a secret belongs to one machine. */
export function rootFile(
  path: string,
  content: string | Uint8Array,
  exposure: Exposure,
  from: Path,
): PlanFile {
  const secret = exposure === 'secret'
  return {
    path,
    content: typeof content === 'string' ? encodeUtf8(content) : content,
    mode: secret ? 0o600 : 0o644,
    owner: 'root:root',
    secret,
    shared: false,
    layer: exposure === 'secret' ? 'instance' : exposure,
    from,
  }
}
