/**
 * The waist. Left of it stand those who write plans (distro), right of it those who read them
 * (emit); neither knows the other. No word of a format and no word of a distro may enter here.
 */
import type { Path } from '../report/place.ts'

/** Whether an item may be baked into an image that machines share, or belongs to one machine. */
export type Layer = 'image' | 'instance'

/** One machine, described without a format: what exists on it, who owns it, what starts. */
export interface NodePlan {
  readonly name: string
  readonly files: readonly PlanFile[]
  readonly directories: readonly PlanDirectory[]
  readonly links: readonly PlanLink[]
  readonly users: readonly PlanUser[]
  readonly units: readonly PlanUnit[]
}

/** A file with its bytes. */
export interface PlanFile {
  readonly path: string
  readonly content: Uint8Array
  readonly mode: number
  /** `user:group`, by name. */
  readonly owner: string
  /** Never shown, never readable by everybody. */
  readonly secret: boolean
  /** The part of the spec that asked for it. */
  readonly from: Path
}

/** A directory that must exist even when it is empty, or whose mode matters. */
export interface PlanDirectory {
  readonly path: string
  readonly mode: number
  readonly owner: string
  readonly from: Path
}

/** A symbolic link. */
export interface PlanLink {
  readonly path: string
  readonly target: string
  readonly from: Path
}

/** A person who may log in with a key. */
export interface PlanUser {
  readonly name: string
  readonly authorizedKeys: readonly string[]
  readonly from: Path
}

/** A systemd unit in /etc/systemd/system. */
export interface PlanUnit {
  readonly name: string
  readonly content: string
  /** Enabled and started at the first boot. */
  readonly enabled: boolean
  readonly from: Path
}
