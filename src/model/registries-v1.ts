/** Converts `registries` of the written form into the spec. */
import type { Path } from '../report/place.ts'
import type { Mirror, Registries, RegistryConfig, RegistryMirror, Text } from './spec.ts'
import type { RegistriesV1, TextV1 } from './written.ts'

/** The entries of a mapping by their keys: the order in which they are written has no meaning. */
export function sortedEntries<T>(
  mapping: Readonly<Record<string, T>>,
): readonly (readonly [string, T])[] {
  return Object.entries(mapping).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** The registries by their hosts. */
export function toRegistries(
  written: RegistriesV1,
  fallback: Mirror['fallback'],
  toText: (value: TextV1, from: Path) => Text,
): Registries {
  return {
    mirrors: sortedEntries(written.mirrors ?? {}).map(
      ([host, mirror]): RegistryMirror => ({
        host,
        endpoints: mirror?.endpoint ?? [],
        rewrites: sortedEntries(mirror?.rewrite ?? {}),
        from: ['registries', 'mirrors', host],
      }),
    ),
    configs: sortedEntries(written.configs ?? {}).map(([host, config]) =>
      toConfig(host, config, toText),
    ),
    fallback,
  }
}

function toConfig(
  host: string,
  written: NonNullable<RegistriesV1['configs']>[string],
  toText: (value: TextV1, from: Path) => Text,
): RegistryConfig {
  const from = ['registries', 'configs', host]
  const { auth, tls } = written ?? {}
  const text = (value: TextV1 | undefined, key: string) =>
    value === undefined ? null : toText(value, [...from, 'auth', key])
  return {
    host,
    auth:
      auth === undefined
        ? null
        : {
            username: auth.username ?? null,
            password: text(auth.password, 'password'),
            auth: text(auth.auth, 'auth'),
            identityToken: text(auth.identity_token, 'identity_token'),
          },
    tls:
      tls === undefined
        ? null
        : {
            caFile: tls.ca_file ?? null,
            certFile: tls.cert_file ?? null,
            keyFile: tls.key_file ?? null,
            skipVerify: tls.insecure_skip_verify ?? false,
          },
    from,
  }
}
