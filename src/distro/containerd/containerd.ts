/** Plain containerd: nodes whose Kubernetes another program starts, such as kubeadm. */
import type { Distro } from '../distro.ts'
import { noUses } from '../parts/certificate-uses.ts'
import { checkContainerd } from './check.ts'
import { parseVersion } from './facts.ts'
import { imagesOf } from './images.ts'
import { planContainerd, planMirrors } from './plan.ts'
import { rules } from './rules.ts'
import { runbookOf } from './runbook.ts'
import { starter } from './starter.ts'

/** The row of containerd. */
export const containerd: Distro = {
  name: 'containerd',
  rules,
  version: { parse: parseVersion, example: '2.1.4' },
  addons: [],
  reads: [],
  starter,
  check: checkContainerd,
  mirrors: planMirrors,
  certificates: () => noUses,
  plan: planContainerd,
  images: imagesOf,
  runbook: runbookOf,
}
