/**
 * Writes a Secret and a DaemonSet that put the files of the mirrors onto the nodes of a running cluster.
 * Nodes with equal files have one of each; the group of most nodes also matches nodes that join later.
 */
import maskProgram from '../../../templates/daemonset-mask.awk.hbs'
import script from '../../../templates/daemonset-write.sh.hbs'
import { printBase64 } from '../../codec/base64.ts'
import { sha256 } from '../../codec/hash.ts'
import type { Plain } from '../../codec/plain.ts'
import { encodeUtf8 } from '../../codec/text.ts'
import { printYaml } from '../../codec/yaml-print.ts'
import type { NodePlan, PlanFile } from '../../plan/plan.ts'
import { type Diagnostic, failure, type Outcome, success } from '../../report/diagnostic.ts'
import type { Artifact, Want } from '../emitter.ts'
import { report } from '../rules.ts'
import { type DaemonsetOptions, optionForms, optionsOf } from './daemonset-options.ts'

/** The manifests for plans whose only items are the files of their mirrors. */
export function emitDaemonset(
  plans: readonly NodePlan[],
  want: Want,
): Outcome<readonly Artifact[]> {
  const options = optionsOf(want.options)
  const groups = groupsOf(plans)
  const findings = [...checkOptions(options), ...checkGroups(groups)]
  if (findings.length > 0) return failure(findings)
  const documents = groups.flatMap((group, index) => {
    const name = index === 0 ? options.name : `${options.name}-${index + 1}`
    return documentsOf(group, affinityOf(groups, index), { ...options, name })
  })
  return success([
    {
      node: null,
      path: 'daemonset.yaml',
      bytes: encodeUtf8(`# made by gen-node\n${documents.map(printYaml).join('---\n')}`),
      mediaType: 'text/yaml',
      secret: groups.some(({ files }) => files.some(file => file.secret)),
    },
  ])
}

/** Nodes whose files are equal. */
interface Group {
  readonly nodes: readonly string[]
  readonly files: readonly PlanFile[]
}

function groupsOf(plans: readonly NodePlan[]): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const { name, files } of plans) {
    const key = files.map(({ path, mode, content }) => `${path} ${mode} ${sha256(content)}`).join()
    const nodes = groups.get(key)?.nodes ?? []
    groups.set(key, { nodes: [...nodes, name], files })
  }
  return [...groups.values()].sort((a, b) => b.nodes.length - a.nodes.length)
}

function checkOptions(options: DaemonsetOptions): readonly Diagnostic[] {
  return (Object.keys(optionForms) as (keyof DaemonsetOptions)[])
    .filter(name => !optionForms[name].form.test(options[name]))
    .map(name => {
      const args = { option: `--daemonset-${name}`, expected: optionForms[name].expected }
      return report('emit/malformed-option', [], args)
    })
}

// Kubernetes, MaxSecretSize in pkg/apis/core/types.go: 1 MiB.
const maxSecretBytes = 1 << 20

function checkGroups(groups: readonly Group[]): readonly Diagnostic[] {
  const sizes = groups.map(({ files }) =>
    files.reduce((size, { content }) => size + content.length, 0),
  )
  if (groups.every(({ files }) => files.length === 0)) {
    return [report('emit/no-mirrors', [], {})]
  }
  const largest = Math.max(...sizes)
  return largest > maxSecretBytes
    ? [report('emit/secret-too-large', [], { bytes: largest, maxBytes: maxSecretBytes })]
    : []
}

/** The first group gets all nodes except those of the others. */
function affinityOf(groups: readonly Group[], index: number): Plain {
  const [first, ...others] = groups
  if (first === undefined || others.length === 0) return {}
  const values = index === 0 ? others.flatMap(({ nodes }) => nodes) : (groups[index]?.nodes ?? [])
  const operator = index === 0 ? 'NotIn' : 'In'
  const expression = { key: 'kubernetes.io/hostname', operator, values: [...values] }
  return {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [expression] }],
        },
      },
    },
  }
}

function documentsOf(group: Group, affinity: Plain, options: DaemonsetOptions): readonly Plain[] {
  const { name, namespace } = options
  const directory = commonDirectory(group.files)
  const data = secretData(group.files, directory)
  const metadata = { name, namespace, labels: { 'app.kubernetes.io/name': name } }
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data }
  const checksum = sha256(encodeUtf8(JSON.stringify(data)))
  const daemonSet = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata,
    spec: {
      selector: { matchLabels: metadata.labels },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels: metadata.labels, annotations: { 'checksum/config': checksum } },
        spec: { ...(affinity as object), ...podSpec(directory, options) },
      },
    },
  }
  return [secret, daemonSet]
}

function podSpec(directory: string, { name, image, restart }: DaemonsetOptions): object {
  const text = script({ program: maskProgram({}) })
  const mounts = [
    { name: 'files', mountPath: '/files', readOnly: true },
    { name: 'host', mountPath: '/host' },
  ]
  const resources = { requests: { cpu: '1m', memory: '8Mi' }, limits: { memory: '64Mi' } }
  return {
    priorityClassName: 'system-node-critical',
    tolerations: [{ operator: 'Exists' }],
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 5,
    // nsenter must see the processes of the host to restart a unit.
    ...(restart === '' ? {} : { hostPID: true }),
    initContainers: [
      {
        name: 'write',
        image,
        imagePullPolicy: 'IfNotPresent',
        command: ['sh', '-c', text, 'write', '/files', '/host', restart],
        securityContext: restart === '' ? writerSecurity : { privileged: true, runAsUser: 0 },
        resources,
        volumeMounts: mounts,
      },
    ],
    containers: [
      {
        name: 'pause',
        image,
        imagePullPolicy: 'IfNotPresent',
        command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 86400 & wait $!; done'],
        securityContext: { ...restrictedSecurity, runAsNonRoot: true, runAsUser: 65534 },
        resources,
      },
    ],
    volumes: [
      { name: 'files', secret: { secretName: name, defaultMode: 0o400 } },
      { name: 'host', hostPath: { path: directory, type: 'DirectoryOrCreate' } },
    ],
  }
}

const restrictedSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}

const writerSecurity = {
  ...restrictedSecurity,
  runAsUser: 0,
  // With SELinux, containers of other types may not write to the host.
  seLinuxOptions: { type: 'spc_t' },
}

/** The innermost directory that contains all files. */
function commonDirectory(files: readonly PlanFile[]): string {
  const [first = [], ...others] = files.map(({ path }) => path.split('/').slice(0, -1))
  const differs = first.findIndex((name, index) => others.some(other => other[index] !== name))
  return (differs < 0 ? first : first.slice(0, differs)).join('/')
}

/** The files under numbered keys, because a key contains no slash, and the list of their modes and paths. */
function secretData(files: readonly PlanFile[], directory: string): Record<string, string> {
  const lines = files.map(
    ({ path, mode }, index) =>
      `${mode.toString(8)} file-${index} ${path.slice(directory.length + 1)}\n`,
  )
  return {
    files: printBase64(encodeUtf8(lines.join(''))),
    ...Object.fromEntries(
      files.map(({ content }, index) => [`file-${index}`, printBase64(content)]),
    ),
  }
}
