/**
 * The plan of one machine, independent of formats. Distributions write plans and emitters read them;
 * neither imports the other, and no word of a format or a distribution may be in this file.
 */
import type { Path } from '../report/place.ts'

/** Whether an item may be baked into an image that machines share, or belongs to one machine. */
export type Layer = 'image' | 'instance'

/** The files, users and units of one machine. `from` of an item is the path of its field in the spec. */
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
  /** Never shown, and not readable by other users. */
  readonly secret: boolean
  /** Programs of the machine write it too, so that the manifest does not list it. */
  readonly shared: boolean
  readonly layer: Layer
  readonly from: Path
}

/** A directory that must exist even when it is empty, or whose mode matters. */
export interface PlanDirectory {
  readonly path: string
  readonly mode: number
  readonly owner: string
  readonly layer: Layer
  readonly from: Path
}

/** A symbolic link. */
export interface PlanLink {
  readonly path: string
  readonly target: string
  readonly layer: Layer
  readonly from: Path
}

/** A user who may log in with a key. */
export interface PlanUser {
  readonly name: string
  readonly authorizedKeys: readonly string[]
  readonly layer: Layer
  readonly from: Path
}

/** A systemd unit in /etc/systemd/system. */
export interface PlanUnit {
  readonly name: string
  readonly content: string
  /** Enabled and started at the first boot. */
  readonly enabled: boolean
  readonly layer: Layer
  readonly from: Path
}
