/**
 * The images that a cluster needs. gen-node has no list of k0s' own images: `k0s airgap list-images`
 * prints it for a binary. Images of manifests and of components inside a chart are not known either.
 */
import type { AnySpec } from '../../model/spec.ts'
import { type Outcome, success } from '../../report/diagnostic.ts'
import type { ImageNeed } from '../distro.ts'
import { chartRepository, chartTag, k0rdentOf } from './k0rdent.ts'

/** The images and charts that the spec names: the chart of k0rdent. */
export function imagesOf(spec: AnySpec): Outcome<readonly ImageNeed[]> {
  const addon = k0rdentOf(spec)
  return success(
    addon === null ? [] : [{ repository: chartRepository, tag: chartTag(addon), from: addon.from }],
  )
}
