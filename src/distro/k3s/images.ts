/**
 * The images that a cluster needs. gen-node has no list of k3s' own images: each release has the files
 * k3s-images.txt and k3s-airgap-images-ARCH.tar.zst.
 */
import type { AnySpec } from '../../model/spec.ts'
import { type Outcome, success } from '../../report/diagnostic.ts'
import type { ImageNeed } from '../distro.ts'

/** The images that the spec names: none, because k3s has no addons. */
export function imagesOf(_: AnySpec): Outcome<readonly ImageNeed[]> {
  return success([])
}
