/** The one walk over all texts of a spec. Whatever reads every text is a call of it. */
import type { Auth, ExtraFile, Mirror, Node, Registry, SpecOf } from './spec.ts'

/** What the walk knows about the field that holds a text. */
export interface TextField {
  readonly secret: boolean
}

/** What becomes of each text and of each local folder. */
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
    registry: mapRegistry(spec.registry, mapping),
    nodes: spec.nodes.map(node => mapNode(node, mapping)),
  }
}

const open: TextField = { secret: false }
const secret: TextField = { secret: true }

type TextOnly<A, B> = Pick<TextMapping<A, B, never, never>, 'text'>

function mapMirror<A, B>(mirror: Mirror<A>, mapping: TextOnly<A, B>): Mirror<B> {
  const { ca, client, header, auth } = mirror
  return {
    ...mirror,
    ca: ca === null ? null : mapping.text(ca, open),
    client: client === null ? null : mapKeyPair(client, mapping),
    header: header.map(([name, value, isSecret]) => [
      name,
      mapping.text(value, { secret: isSecret }),
      isSecret,
    ]),
    auth: auth === null ? null : mapAuth(auth, mapping),
  }
}

function mapRegistry<A, B>(registry: Registry<A>, mapping: TextOnly<A, B>): Registry<B> {
  const { verify, tls, ca, auth } = registry
  return {
    ...registry,
    verify: verify === null ? null : mapping.text(verify, open),
    tls: tls === null ? null : mapKeyPair(tls, mapping),
    ca: ca === null ? null : mapping.text(ca, open),
    auth: auth === null ? null : mapAuth(auth, mapping),
  }
}

function mapKeyPair<A, B>(
  { cert, key }: { readonly cert: A; readonly key: A },
  mapping: TextOnly<A, B>,
) {
  return { cert: mapping.text(cert, open), key: mapping.text(key, secret) }
}

function mapAuth<A, B>({ username, password }: Auth<A>, mapping: TextOnly<A, B>): Auth<B> {
  return { username, password: mapping.text(password, secret) }
}

function mapNode<A, B, F, G>(node: Node<A, F>, mapping: TextMapping<A, B, F, G>): Node<B, G> {
  return {
    ...node,
    token: node.token === null ? null : mapping.text(node.token, secret),
    files: node.files.map(file => mapFile(file, mapping)),
    units: node.units.map(unit => ({ ...unit, content: mapping.text(unit.content, open) })),
    manifests: node.manifests.map(manifest => ({
      ...manifest,
      content: mapping.text(manifest.content, open),
    })),
  }
}

function mapFile<A, B, F, G>(
  file: ExtraFile<A, F>,
  mapping: TextMapping<A, B, F, G>,
): ExtraFile<B, G> {
  const field = file.secret ? secret : open
  return file.kind === 'text'
    ? { ...file, content: mapping.text(file.content, field) }
    : { ...file, tree: mapping.folder(file.tree, field) }
}
