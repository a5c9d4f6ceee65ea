/** The options of the format: names in Kubernetes, the image, and the unit that is restarted. */
import type { OptionTable } from '../emitter.ts'

/** The options by name; an option without values takes any text of its form. */
export const daemonsetOptions = {
  'daemonset-namespace': {
    placeholder: 'NAMESPACE',
    values: [],
    default: 'kube-system',
    description: 'namespace of the Secret and the DaemonSet',
  },
  'daemonset-name': {
    placeholder: 'NAME',
    values: [],
    default: 'gen-node-mirrors',
    description: 'name of the Secret and the DaemonSet',
  },
  'daemonset-image': {
    placeholder: 'IMAGE',
    values: [],
    default: 'docker.io/library/busybox:1.36',
    description: 'image with sh, awk, diff and nsenter, such as busybox; the mirror must have it',
  },
  'daemonset-restart': {
    placeholder: 'UNIT[,UNIT]',
    values: [],
    default: '',
    description:
      'systemd units; after a change the first that a node has is restarted, one node at a time',
  },
} as const satisfies OptionTable

/** The values of the options. */
export interface DaemonsetOptions {
  readonly namespace: string
  readonly name: string
  readonly image: string
  readonly restart: string
}

/** The values that were given, with the defaults of the others. */
export function optionsOf(given: Readonly<Record<string, string>>): DaemonsetOptions {
  const value = (name: keyof typeof daemonsetOptions) =>
    given[name] ?? daemonsetOptions[name].default
  return {
    namespace: value('daemonset-namespace'),
    name: value('daemonset-name'),
    image: value('daemonset-image'),
    restart: value('daemonset-restart'),
  }
}

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** The form of each option: a namespace and a name are labels of DNS (RFC 1123). */
export const optionForms: Readonly<
  Record<keyof DaemonsetOptions, { readonly form: RegExp; readonly expected: string }>
> = {
  namespace: { form: label, expected: 'lower-case letters, digits and dashes' },
  name: { form: label, expected: 'lower-case letters, digits and dashes' },
  image: {
    form: /^[a-z0-9][A-Za-z0-9._/:@-]*$/,
    expected: 'the name of an image with its registry',
  },
  restart: {
    form: /^([A-Za-z0-9:_.@-]+\.service(,[A-Za-z0-9:_.@-]+\.service)*)?$/,
    expected: 'the names of units, such as site.service',
  },
}
