/** registries.yaml of a spec that has the registries in the form of k3s. */
import type { PlainMapping } from '../../codec/plain.ts'
import { printYaml } from '../../codec/yaml-print.ts'
import type { Content, Registries, RegistryConfig, Rewrite } from '../../model/spec.ts'
import type { PlanFile } from '../../plan/plan.ts'
import {
  andThen,
  checked,
  collectOutcomes,
  type Diagnostic,
  type Outcome,
  success,
} from '../../report/diagnostic.ts'
import type { ResolvedNode } from '../distro.ts'
import { filesOf } from '../parts/certificate-files.ts'
import { lineText } from '../parts/contents.ts'
import { rootFile } from '../parts/root-file.ts'
import { registriesPath } from './paths.ts'
import { report } from './rules.ts'

/** The field with the rewrites of one registry. */
export function rewriteOf(rewrites: readonly Rewrite[]): PlainMapping {
  return rewrites.length === 0 ? {} : { rewrite: Object.fromEntries(rewrites) }
}

/** registries.yaml with the registries of the spec. */
export function givenFiles(
  registries: Registries<Content>,
  node: ResolvedNode,
): Outcome<readonly PlanFile[]> {
  return andThen(givenFile(registries), file => checked([file], checkTlsFiles(registries, node)))
}

function givenFile({ mirrors, configs }: Registries<Content>): Outcome<PlanFile> {
  const written = collectOutcomes(
    configs.map(config =>
      andThen(givenConfig(config), value => success([config.host, value] as const)),
    ),
  )
  return andThen(written, entries => {
    const value = {
      mirrors: Object.fromEntries(
        mirrors.map(({ host, endpoints, rewrites }) => [
          host,
          { ...(endpoints.length === 0 ? {} : { endpoint: endpoints }), ...rewriteOf(rewrites) },
        ]),
      ),
      ...(entries.length === 0 ? {} : { configs: Object.fromEntries(entries) }),
    }
    const secret = configs.some(({ auth }) => auth !== null)
    return success(
      rootFile(registriesPath, printYaml(value), secret ? 'secret' : 'image', ['registries']),
    )
  })
}

function givenConfig({ auth, tls }: RegistryConfig<Content>): Outcome<PlainMapping> {
  const text = (key: string, content: Content | null) =>
    content === null ? [] : [andThen(lineText(content), line => success([key, line] as const))]
  const secrets = collectOutcomes(
    auth === null
      ? []
      : [
          ...text('password', auth.password),
          ...text('auth', auth.auth),
          ...text('identity_token', auth.identityToken),
        ],
  )
  return andThen(secrets, entries => {
    const username = auth?.username ?? null
    const credentials = {
      ...(username === null ? {} : { username }),
      ...Object.fromEntries(entries),
    }
    return success({
      ...(auth === null ? {} : { auth: credentials }),
      ...(tls === null
        ? {}
        : {
            tls: {
              ...(tls.caFile === null ? {} : { ca_file: tls.caFile }),
              ...(tls.certFile === null ? {} : { cert_file: tls.certFile }),
              ...(tls.keyFile === null ? {} : { key_file: tls.keyFile }),
              ...(tls.skipVerify ? { insecure_skip_verify: true } : {}),
            },
          }),
    })
  })
}

/** Reports certificates that the spec does not write on a node. */
function checkTlsFiles(
  { configs }: Registries<Content>,
  node: ResolvedNode,
): readonly Diagnostic[] {
  const written = filesOf(node)
  const { name } = node
  return configs.flatMap(({ tls, from }) => {
    const named = { ca_file: tls?.caFile, cert_file: tls?.certFile, key_file: tls?.keyFile }
    return Object.entries(named).flatMap(([key, path]) =>
      path === null || path === undefined || written.has(path)
        ? []
        : [report('k3s/tls-file-missing', [...from, 'tls', key], { path, name })],
    )
  })
}
