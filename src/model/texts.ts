/** Visits all texts of a spec. Code that reads every text calls this function. */
import type { Auth, ExtraFile, Mirror, Node, Registries, Registry, SpecOf } from './spec.ts'

/** The properties of the field that contains a text. */
export interface TextField {
  readonly secret: boolean
}

/** The functions that replace each text and each local folder. */
export interface TextMapping<A, B, F, G> {
  readonly text: (text: A, field: TextField) => B
  readonly folder: (folder: F, field: TextField) => G
}

/** The spec with every text and folder replaced, in the order of the spec's fields. */
export function mapTexts<A, B, F, G>(
  spec: SpecOf<A, F>,
  mapping: TextMapping<A, B, F, G>,
): SpecOf<B, G> {
  return {
    ...spec,
    mirrors: spec.mirrors.map(mirror => mapMirror(mirror, mapping)),
    registries: spec.registries === null ? null : mapRegistries(spec.registries, mapping),
    registry: mapRegistry(spec.registry, mapping),
    nodes: spec.nodes.map(node => mapNode(node, mapping)),
  }
}

const publicField: TextField = { secret: false }
const secretField: TextField = { secret: true }

type TextOnly<A, B> = Pick<TextMapping<A, B, never, never>, 'text'>

function mapMirror<A, B>(mirror: Mirror<A>, mapping: TextOnly<A, B>): Mirror<B> {
  const { ca, client, header, auth } = mirror
  return {
    ...mirror,
    ca: ca === null ? null : mapping.text(ca, publicField),
    client: client === null ? null : mapKeyPair(client, mapping),
    header: header.map(([name, value, isSecret]) => [
      name,
      mapping.text(value, { secret: isSecret }),
      isSecret,
    ]),
    auth: auth === null ? null : mapAuth(auth, mapping),
  }
}

function mapRegistries<A, B>(registries: Registries<A>, mapping: TextOnly<A, B>): Registries<B> {
  const secret = (text: A | null) => (text === null ? null : mapping.text(text, secretField))
  const configs = registries.configs.map(config => {
    const { auth } = config
    if (auth === null) return { ...config, auth }
    const { password, identityToken } = auth
    const texts = {
      password: secret(password),
      auth: secret(auth.auth),
      identityToken: secret(identityToken),
    }
    return { ...config, auth: { ...auth, ...texts } }
  })
  return { ...registries, configs }
}

function mapRegistry<A, B>(registry: Registry<A>, mapping: TextOnly<A, B>): Registry<B> {
  const { verify, tls, ca, auth } = registry
  return {
    ...registry,
    verify: verify === null ? null : mapping.text(verify, publicField),
    tls: tls === null ? null : mapKeyPair(tls, mapping),
    ca: ca === null ? null : mapping.text(ca, publicField),
    auth: auth === null ? null : mapAuth(auth, mapping),
  }
}

function mapKeyPair<A, B>(
  { cert, key }: { readonly cert: A; readonly key: A },
  mapping: TextOnly<A, B>,
) {
  return { cert: mapping.text(cert, publicField), key: mapping.text(key, secretField) }
}

function mapAuth<A, B>({ username, password }: Auth<A>, mapping: TextOnly<A, B>): Auth<B> {
  return { username, password: mapping.text(password, secretField) }
}

function mapNode<A, B, F, G>(node: Node<A, F>, mapping: TextMapping<A, B, F, G>): Node<B, G> {
  return {
    ...node,
    token: node.token === null ? null : mapping.text(node.token, secretField),
    files: node.files.map(file => mapFile(file, mapping)),
    units: node.units.map(unit => ({ ...unit, content: mapping.text(unit.content, publicField) })),
    manifests: node.manifests.map(manifest => ({
      ...manifest,
      content: mapping.text(manifest.content, publicField),
    })),
  }
}

function mapFile<A, B, F, G>(
  file: ExtraFile<A, F>,
  mapping: TextMapping<A, B, F, G>,
): ExtraFile<B, G> {
  const field = file.secret ? secretField : publicField
  return file.kind === 'text'
    ? { ...file, content: mapping.text(file.content, field) }
    : { ...file, tree: mapping.folder(file.tree, field) }
}
