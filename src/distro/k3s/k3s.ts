/** k3s: one static binary that runs the control plane, containerd and the kubelet. */
import type { Distro } from '../distro.ts'
import { k3sCertificates } from './certificates.ts'
import { checkK3s } from './check.ts'
import { parseVersion } from './facts.ts'
import { imagesOf } from './images.ts'
import { planK3s } from './plan.ts'
import { registriesFiles } from './registries.ts'
import { rules } from './rules.ts'
import { runbookOf } from './runbook.ts'
import { starter } from './starter.ts'

/** The row of k3s. */
export const k3s: Distro = {
  name: 'k3s',
  rules,
  version: { parse: parseVersion, example: '1.33.4' },
  addons: [],
  reads: ['registries', 'rewrite'],
  starter,
  check: checkK3s,
  mirrors: registriesFiles,
  certificates: k3sCertificates,
  plan: planK3s,
  images: imagesOf,
  runbook: runbookOf,
}
