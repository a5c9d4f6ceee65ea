/** What is written: one node in one format. */
import { type Artifact, artifactName, type NodePlan } from '../index.ts'

/** A node's plan and what an emitter made of it. */
export interface Document {
  readonly plan: NodePlan
  readonly artifact: Artifact
}

/** Where a document stands in a folder of many. */
export function nameOf({ artifact }: Document): string {
  return artifactName(artifact)
}
