const part = '[a-z0-9]+((\\.|__?|-+)[a-z0-9]+)*'

/** A repository's name; its first part may be a host with a port. */
export const repositoryForm = new RegExp(`^${part}(:\\d+(?=/))?(/${part})*$`)
/** The ending of an archive's path; all that compresses has a z. */
export const archiveForm = /\.(t\w?z\w*|tar(\.\w?z\w*)?)$/i
/** A digest of one of the two algorithms that the image specification registers. */
export const digestForm = /^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$/

/** An image's name, normalised; without a tag it is reachable by digest only. */
export interface Name {
  readonly repository: string
  readonly tag: string | undefined
}

/** Reads a reference such as `quay.io/x/y:1@sha256:…`. */
export function parseName(text: string): Name | undefined {
  const [, path = '', tag] = /^([^@]*?)(?::([^:/@]+))?(?:@.*)?$/s.exec(text) ?? []
  const repository = withHost(path)
  const named = repositoryForm.test(repository) && /^\w[\w.-]{0,127}$/.test(tag ?? 'none')
  return named ? { repository, tag } : undefined
}

/** Reads a reference of Docker's, where no host means docker.io. */
export function parseDockerName(text: string): Name | undefined {
  return parseName(hostOf(text) ? text : `docker.io/${text}`)
}

/** The name that a path stands for: `charts/x_1.2.tar` and `charts/x:1.2.tar` are `charts/x:1.2`. */
export function nameFromPath(path: string): Name | undefined {
  const stem = path.replace(archiveForm, '')
  const [, name = stem, colon, tag = colon ?? 'latest'] =
    /^(.*?[^/])(?::([^/:]+)|_([^/:_]+))$/.exec(stem) ?? []
  return parseName(`${name.toLowerCase()}:${tag}`)
}

/** The repositories that a request may mean, best first: of its upstream, or by their path. */
export function candidates(
  path: string,
  from: string | null,
  known: Iterable<string>,
): readonly string[] {
  const own = withHost(from ? `${from}/${path}` : path)
  if (from) return [own, path, own.replace('docker.io/library/', '')]
  const anywhere = [...known].filter(name => name === hostOf(name) + path)
  return [own, ...anywhere, `docker.io/library/${path}`]
}

/** The digest that a path below a `blobs` folder states. */
export function digestFromPath(path: string): string | undefined {
  const [, hex] = /(?:^|\/)blobs\/(?:sha\d+[:/-])?((?:[0-9a-f]{64}){1,2})$/.exec(path) ?? []
  return hex && `sha${hex.length * 4}:${hex}`
}

function hostOf(path: string): string {
  const [host = ''] = /^([^/]*[.:][^/]*|localhost)\//.exec(path) ?? []
  return host
}

// docker.io has three names, and its official images hide a `library/`.
function withHost(path: string): string {
  return path
    .replace(/^(index|registry-1)\.docker\.io\//, 'docker.io/')
    .replace(/^docker\.io\/([^/]+)$/, 'docker.io/library/$1')
}
