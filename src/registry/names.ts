const component = '[a-z0-9]+((\\.|__?|-+)[a-z0-9]+)*'

/** A repository's name; its first component may be a host with a port. */
export const repositoryForm = new RegExp(`^${component}(:\\d+(?=/))?(/${component})*$`)
/** The extension of an archive; each extension of a compressed archive contains a z. */
export const archiveForm = /\.(t\w?z\w*|tar(\.\w?z\w*)?)$/i
/** A digest of one of the two algorithms that the image specification registers. */
export const digestForm = /^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$/

/** The normalised name of an image; without a tag it is pulled by digest only. */
export interface Name {
  readonly repository: string
  readonly tag: string | undefined
}

/** Reads a reference such as `quay.io/x/y:1@sha256:…`. */
export function parseName(text: string): Name | undefined {
  const [, path = '', tag] = /^([^@]*?)(?::([^:/@]+))?(?:@.*)?$/s.exec(text) ?? []
  const repository = normaliseDockerHub(path)
  const isValid = repositoryForm.test(repository) && /^\w[\w.-]{0,127}$/.test(tag ?? 'latest')
  return isValid ? { repository, tag } : undefined
}

/** Reads a reference in Docker's form, where a missing host means docker.io. */
export function parseDockerName(text: string): Name | undefined {
  return parseName(hostOf(text) ? text : `docker.io/${text}`)
}

/**
 * The name for a path: `charts/x_1.2.tar` and `charts/x:1.2.tar` are `charts/x:1.2`. In tags, Helm writes
 * `_` for the `+` of a version.
 */
export function nameFromPath(path: string): Name | undefined {
  const stem = path.replace(archiveForm, '').replaceAll('+', '_')
  const [, name = stem, tagAfterColon, tagAfterUnderscore = 'latest'] =
    /^(.*?[^/])(?::([^/:]+)|_(v?\d+\.[^/:]+|[^/:_]+))$/.exec(stem) ?? []
  return parseName(`${name.toLowerCase()}:${tagAfterColon ?? tagAfterUnderscore}`)
}

/**
 * The repositories that a request may mean, the best match first. `upstream` is the registry that
 * containerd wanted (`?ns=`); without it, a repository of any of the hosts in the bundle, each with its slash, matches too.
 */
export function candidates(
  path: string,
  upstream: string | null,
  hosts: Iterable<string>,
): readonly string[] {
  const exact = normaliseDockerHub(upstream ? `${upstream}/${path}` : path)
  if (upstream) return [exact, path, exact.replace('docker.io/library/', '')]
  return [exact, ...[...hosts].map(host => host + path), `docker.io/library/${path}`]
}

/** The digest in the path of a blob, in the forms of OCI layouts, `skopeo sync` and registries. */
export function digestFromPath(path: string): string | undefined {
  const [, hex] = /(?:^|[/:-])((?:[0-9a-f]{64}){1,2})(?:\/data|\.manifest\.json)?$/.exec(path) ?? []
  return hex && `sha${hex.length * 4}:${hex}`
}

/** The host with its slash, or nothing: a host has a dot or a colon, or is localhost. */
export function hostOf(path: string): string {
  const [host = ''] = /^([^/]*[.:][^/]*|localhost)\//.exec(path) ?? []
  return host
}

// docker.io has three host names, and `docker.io/x` means `docker.io/library/x`.
function normaliseDockerHub(path: string): string {
  return path
    .replace(/^(index|registry-1)\.docker\.io\//, 'docker.io/')
    .replace(/^docker\.io\/([^/]+)$/, 'docker.io/library/$1')
}
