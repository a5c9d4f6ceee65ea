/** The files that a distro writes itself: root's, and readable by nobody else where they are secret. */
import { encodeUtf8 } from '../../codec/text.ts'
import type { PlanFile } from '../../plan/plan.ts'
import type { Path } from '../../report/place.ts'

/** A file of root's with this text or these bytes. */
export function rootFile(
  path: string,
  content: string | Uint8Array,
  from: Path,
  secret = false,
): PlanFile {
  const bytes = typeof content === 'string' ? encodeUtf8(content) : content
  return { path, content: bytes, mode: secret ? 0o600 : 0o644, owner: 'root:root', secret, from }
}
