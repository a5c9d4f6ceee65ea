/**
 * The fields of a config with their types, as rows: github.com/coreos/ignition config/v3_0/types/schema.go
 * to config/v3_6/types/schema.go. A version that lacks a field reports it as unused.
 */
import type { Plain } from '../../../codec/plain.ts'
import { fieldOf } from './json-values.ts'

/** The type of a field. */
export type FieldType = 'text' | 'integer' | 'boolean' | ListType | ObjectType

/** A list, and how its items are compared. */
export interface ListType {
  readonly kind: 'list'
  readonly item: FieldType
  /**
   * The key of an item. Two items with the same key are an error, and a merged item replaces the item
   * with its key. Null where items may be equal, so that merged items are appended.
   */
  readonly keyOf: ((item: Plain) => string) | null
  /** Lists of an object with the same scope share their keys. */
  readonly scope: string | null
}

/** An object with the name of its type. */
export interface ObjectType {
  readonly kind: 'object'
  readonly name: ObjectName
  readonly fields: Readonly<Record<string, Field>>
}

/** A field and the minor version of specification 3 that added it. */
export interface Field {
  readonly type: FieldType
  readonly since: number
  /** The field is no pointer in Go: null leaves the value of an earlier key. */
  readonly required: boolean
}

/** The names of the objects of a config. */
export type ObjectName =
  | 'config'
  | 'ignition'
  | 'references'
  | 'reference'
  | 'contents'
  | 'header'
  | 'verification'
  | 'proxy'
  | 'security'
  | 'tls'
  | 'timeouts'
  | 'kernel-arguments'
  | 'passwd'
  | 'user'
  | 'group'
  | 'storage'
  | 'directory'
  | 'file'
  | 'link'
  | 'node-user'
  | 'node-group'
  | 'disk'
  | 'partition'
  | 'filesystem'
  | 'luks'
  | 'cex'
  | 'clevis'
  | 'custom-clevis'
  | 'tang'
  | 'raid'
  | 'systemd'
  | 'unit'
  | 'drop-in'

type Fields = Readonly<Record<string, FieldType | Field>>

function object(name: ObjectName, fields: Fields): ObjectType {
  const rows = Object.entries(fields).map(([field, type]) => [field, withSince(type)] as const)
  return { kind: 'object', name, fields: Object.fromEntries(rows) }
}

function withSince(type: FieldType | Field): Field {
  return typeof type === 'object' && 'since' in type ? type : since(0, type)
}

function since(minor: number, type: FieldType): Field {
  return { type, since: minor, required: false }
}

function required(type: FieldType): Field {
  return { type, since: 0, required: true }
}

function keyedBy(field: string, item: FieldType, scope: string | null = null): ListType {
  return { kind: 'list', item, keyOf: value => String(fieldOf(value, field) ?? ''), scope }
}

/** A list of texts, each its own key. */
function distinctTexts(scope: string | null = null): ListType {
  return { kind: 'list', item: 'text', keyOf: String, scope }
}

function repeatable(item: FieldType): ListType {
  return { kind: 'list', item, keyOf: null, scope: null }
}

const verification = object('verification', { hash: 'text' })

const headers = keyedBy('name', object('header', { name: required('text'), value: 'text' }))

// Up to 3.0, references to configs and to certificates had a source and a hash only.
const reference = object('reference', {
  compression: since(1, 'text'),
  httpHeaders: since(1, headers),
  source: 'text',
  verification,
})

const contents = object('contents', {
  compression: 'text',
  httpHeaders: since(1, headers),
  source: 'text',
  verification,
})

const proxy = object('proxy', {
  httpProxy: 'text',
  httpsProxy: 'text',
  noProxy: distinctTexts(),
})

const ignition = object('ignition', {
  config: object('references', { merge: keyedBy('source', reference), replace: reference }),
  proxy: since(1, proxy),
  security: object('security', {
    tls: object('tls', { certificateAuthorities: keyedBy('source', reference) }),
  }),
  timeouts: object('timeouts', { httpResponseHeaders: 'integer', httpTotal: 'integer' }),
  version: required('text'),
})

const group = object('group', {
  gid: 'integer',
  name: required('text'),
  passwordHash: 'text',
  shouldExist: since(2, 'boolean'),
  system: 'boolean',
})

const user = object('user', {
  gecos: 'text',
  groups: distinctTexts(),
  homeDir: 'text',
  name: required('text'),
  noCreateHome: 'boolean',
  noLogInit: 'boolean',
  noUserGroup: 'boolean',
  passwordHash: 'text',
  primaryGroup: 'text',
  sshAuthorizedKeys: distinctTexts(),
  shell: 'text',
  shouldExist: since(2, 'boolean'),
  system: 'boolean',
  uid: 'integer',
})

const node: Fields = {
  group: object('node-group', { id: 'integer', name: 'text' }),
  overwrite: 'boolean',
  path: required('text'),
  user: object('node-user', { id: 'integer', name: 'text' }),
}

const directory = object('directory', { ...node, mode: 'integer' })
const file = object('file', { ...node, append: repeatable(contents), contents, mode: 'integer' })
const link = object('link', { ...node, hard: 'boolean', target: 'text' })

const partition = object('partition', {
  guid: 'text',
  label: 'text',
  number: required('integer'),
  resize: since(2, 'boolean'),
  shouldExist: 'boolean',
  sizeMiB: 'integer',
  startMiB: 'integer',
  typeGuid: 'text',
  wipePartitionEntry: 'boolean',
})

const disk = object('disk', {
  device: required('text'),
  partitions: { kind: 'list', item: partition, keyOf: partitionKey, scope: null },
  wipeTable: 'boolean',
})

const filesystem = object('filesystem', {
  device: required('text'),
  format: 'text',
  label: 'text',
  mountOptions: since(1, repeatable('text')),
  options: repeatable('text'),
  path: 'text',
  uuid: 'text',
  wipeFilesystem: 'boolean',
})

const tang = object('tang', {
  advertisement: since(4, 'text'),
  thumbprint: 'text',
  url: required('text'),
})

const clevis = object('clevis', {
  custom: object('custom-clevis', { config: 'text', needsNetwork: 'boolean', pin: 'text' }),
  tang: keyedBy('url', tang),
  threshold: 'integer',
  tpm2: 'boolean',
})

const luks = object('luks', {
  cex: since(5, object('cex', { enabled: 'boolean' })),
  clevis,
  device: 'text',
  discard: since(4, 'boolean'),
  keyFile: contents,
  label: 'text',
  name: required('text'),
  openOptions: since(4, distinctTexts()),
  options: repeatable('text'),
  uuid: 'text',
  wipeVolume: 'boolean',
})

const raid = object('raid', {
  devices: distinctTexts(),
  level: 'text',
  name: required('text'),
  options: repeatable('text'),
  spares: 'integer',
})

const storage = object('storage', {
  directories: keyedBy('path', directory, 'node'),
  disks: keyedBy('device', disk),
  files: keyedBy('path', file, 'node'),
  filesystems: keyedBy('device', filesystem),
  links: keyedBy('path', link, 'node'),
  luks: since(2, keyedBy('name', luks)),
  raid: keyedBy('name', raid),
})

const dropIn = object('drop-in', { contents: 'text', name: required('text') })

const unit = object('unit', {
  contents: 'text',
  dropins: keyedBy('name', dropIn),
  enabled: 'boolean',
  mask: 'boolean',
  name: required('text'),
})

const kernelArguments = object('kernel-arguments', {
  shouldExist: distinctTexts('argument'),
  shouldNotExist: distinctTexts('argument'),
})

/** The type of a whole config. */
export const configType = object('config', {
  ignition,
  kernelArguments: since(3, kernelArguments),
  passwd: object('passwd', { groups: keyedBy('name', group), users: keyedBy('name', user) }),
  storage,
  systemd: object('systemd', { units: keyedBy('name', unit) }),
})

/** The part of a config that names its version. */
export const versionType = object('config', {
  ignition: object('ignition', { version: required('text') }),
})

/** The fields of an object that a version has. */
export function fieldsIn(type: ObjectType, minor: number): ReadonlyMap<string, Field> {
  return new Map(Object.entries(type.fields).filter(([, field]) => field.since <= minor))
}

// config/v3_6/types/partition.go: the number, or the label of a partition without one.
function partitionKey(item: Plain): string {
  const number = fieldOf(item, 'number')
  if (typeof number === 'number' && number !== 0) return `number:${number}`
  const label = fieldOf(item, 'label')
  return typeof label === 'string' ? `label:${label}` : ''
}
