/** The images that a node with plain containerd needs itself. */
import type { AnySpec } from '../../model/spec.ts'
import { type Outcome, success } from '../../report/diagnostic.ts'
import type { ImageNeed } from '../distro.ts'
import { pauseRepository } from './config.ts'
import { factsOf } from './facts.ts'

/** The pause image; those of Kubernetes itself belong to the program that installs it. */
export function imagesOf({ distro }: AnySpec): Outcome<readonly ImageNeed[]> {
  return success([
    { repository: pauseRepository, tag: factsOf(distro.version).pause, from: ['distro'] },
  ])
}
