/** k0s: one static binary that runs the control plane, containerd and the kubelet. */
import type { Distro } from '../distro.ts'
import { k0sCertificates } from './certificates.ts'
import { checkK0s } from './check.ts'
import { parseVersion } from './facts.ts'
import { imagesOf } from './images.ts'
import { addonName } from './k0rdent.ts'
import { planK0s, planMirrors } from './plan.ts'
import { rules } from './rules.ts'
import { runbookOf } from './runbook.ts'
import { starter } from './starter.ts'

/** The row of k0s. */
export const k0s: Distro = {
  name: 'k0s',
  rules,
  version: { parse: parseVersion, example: '1.33.4' },
  addons: [{ name: addonName, example: '1.2.2' }],
  reads: [],
  starter,
  check: checkK0s,
  mirrors: planMirrors,
  certificates: k0sCertificates,
  plan: planK0s,
  images: imagesOf,
  runbook: runbookOf,
}
