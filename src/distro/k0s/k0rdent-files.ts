/** The files of k0rdent on a controller: the CA for helm, and the objects by which flux reaches the registry. */
import { printYaml } from '../../codec/yaml-print.ts'
import { isController } from '../../model/controllers.ts'
import { registryScheme } from '../../model/registry-scheme.ts'
import type { Addon, AnyNode, ResolvedSpec } from '../../model/spec.ts'
import type { PlanFile } from '../../plan/plan.ts'
import { andThen, collectOutcomes, type Outcome, success } from '../../report/diagnostic.ts'
import { lineText, pemBytes, utf8Text } from '../parts/contents.ts'
import { rootFile } from '../parts/root-file.ts'
import { chartSource, k0rdentOf, namespace } from './k0rdent.ts'
import { chartCaPath } from './paths.ts'

/** The Secret with the registry's CA. */
export const caSecret = 'registry-ca'

/** The Secret with the user name and the password of the registry. */
export const credentialsSecret = 'registry-credentials'

/** The files of a node; nothing where the spec does not have the addon. */
export function k0rdentFiles(spec: ResolvedSpec, node: AnyNode): Outcome<readonly PlanFile[]> {
  const addon = k0rdentOf(spec)
  if (addon === null || !isController(node)) return success([])
  return andThen(collectOutcomes([caFile(spec), objects(spec, addon)]), lists =>
    success(lists.flat()),
  )
}

function caFile(spec: ResolvedSpec): Outcome<readonly PlanFile[]> {
  const { ca } = spec.registry
  const source = chartSource(spec)
  if (ca === null || source.kind === 'package' || !source.ca) return success([])
  return andThen(pemBytes(ca, 'certificate'), bytes =>
    success([rootFile(chartCaPath, bytes, 'image', ca.from)]),
  )
}

/** kcm's controller waits for the Secrets of its values (k0rdent/kcm, release_controller.go at v1.2.0). */
function objects(spec: ResolvedSpec, addon: Addon): Outcome<readonly PlanFile[]> {
  const { ca, auth } = spec.registry
  const caText =
    ca === null || registryScheme(spec) === 'http'
      ? []
      : [andThen(utf8Text(ca), text => success(secret(caSecret, { 'ca.crt': text })))]
  const credentials =
    auth === null
      ? []
      : [
          andThen(lineText(auth.password), password =>
            success(secret(credentialsSecret, { username: auth.username, password })),
          ),
        ]
  return andThen(collectOutcomes([...caText, ...credentials]), secrets => {
    if (secrets.length === 0) return success([])
    // k0s gives up after ten attempts if the namespace, which helm creates later, does not exist.
    const documents = [
      `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${namespace}\n`,
      ...secrets,
    ]
    const exposure = auth === null ? 'image' : 'secret'
    return success([rootFile(manifestPath, documents.join('---\n'), exposure, addon.from)])
  })
}

const manifestPath = '/var/lib/k0s/manifests/k0rdent-registry/k0rdent-registry.yaml'

function secret(name: string, stringData: Readonly<Record<string, string>>): string {
  return printYaml({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData })
}
