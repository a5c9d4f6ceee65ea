/** Checks by the rules of the kubelet: the labels and taints of its own node. */
import type { AnyNode, Label } from '../../model/spec.ts'
import type { Diagnostic } from '../../report/diagnostic.ts'
import { report, reportKey } from '../rules.ts'

/** Checks the labels and taints of a node, each at its entry in the spec. */
export function checkKubelet(node: AnyNode): readonly Diagnostic[] {
  return [...node.labels.flatMap(checkLabel), ...checkTaints(node)]
}

function checkLabel({ key, from }: Label): readonly Diagnostic[] {
  const prefix = prefixOf(key)
  if (prefix !== null && !isSubdomain(prefix)) {
    const expected = 'a label key: the part before the slash is not a DNS name in lower case'
    return [reportKey('spec/malformed-key', from, { key, expected })]
  }
  return isKubernetesLabel(key) && !isKubeletLabel(key)
    ? [reportKey('kubelet/label-not-allowed', from, { key })]
    : []
}

function prefixOf(key: string): string | null {
  const slash = key.indexOf('/')
  return slash < 0 ? null : key.slice(0, slash)
}

/** A DNS subdomain by the Kubernetes validation (apimachinery, pkg/util/validation). */
function isSubdomain(prefix: string): boolean {
  const isLabel = (label: string) => /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(label)
  return prefix.length <= 253 && prefix.split('.').every(isLabel)
}

// kubernetes/kubernetes, cmd/kubelet/app/options/options.go: isKubernetesLabel.
function isKubernetesLabel(key: string): boolean {
  return ['kubernetes.io', 'k8s.io'].some(domain => isWithin(prefixOf(key) ?? '', domain))
}

// kubernetes/kubernetes, staging/src/k8s.io/kubelet/pkg/apis/well_known_labels.go: IsKubeletLabel.
function isKubeletLabel(key: string): boolean {
  const prefix = prefixOf(key) ?? ''
  return kubeletLabels.has(key) || kubeletPrefixes.some(domain => isWithin(prefix, domain))
}

const kubeletLabels: ReadonlySet<string> = new Set([
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'kubernetes.io/arch',
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
])
const kubeletPrefixes = ['kubelet.kubernetes.io', 'node.kubernetes.io']

function isWithin(prefix: string, domain: string): boolean {
  return prefix === domain || prefix.endsWith(`.${domain}`)
}

/** Checks the keys and values of taints, and that no two taints differ in their values only. */
function checkTaints({ taints }: AnyNode): readonly Diagnostic[] {
  const seen = new Set<string>()
  return taints.flatMap(({ text, from }) => {
    const [, key = '', value = '', effect = ''] = /^([^=:]*)(?:=([^:]*))?:(.*)$/.exec(text) ?? []
    if (!isQualifiedName(key) || !isLabelValue(value)) {
      const expected = 'a taint such as dedicated=gpu:NoSchedule with a key and value as in labels'
      return [report('spec/malformed', from, { found: JSON.stringify(text), expected })]
    }
    const identity = `${key}:${effect}`
    if (seen.has(identity)) return [report('kubelet/taint-twice', from, { key, effect })]
    seen.add(identity)
    return []
  })
}

function isQualifiedName(key: string): boolean {
  const prefix = prefixOf(key)
  const name = prefix === null ? key : key.slice(prefix.length + 1)
  return (prefix === null || isSubdomain(prefix)) && name !== '' && isLabelValue(name)
}

function isLabelValue(value: string): boolean {
  return value === '' || /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(value)
}
