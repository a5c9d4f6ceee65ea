/** config.toml of containerd: the generated one, or the user's with its registry section set. */
import { isMapping, type Plain, type PlainMapping, valueAt } from '../../codec/plain.ts'
import { decodeUtf8, encodeUtf8 } from '../../codec/text.ts'
import { printToml } from '../../codec/toml.ts'
import { parseToml, setTomlText, type TomlResult } from '../../codec/toml-document.ts'
import type { AnySpec } from '../../model/spec.ts'
import type { PlanFile } from '../../plan/plan.ts'
import { type Diagnostic, failure, type Outcome, success } from '../../report/diagnostic.ts'
import { merge } from '../parts/config-merge.ts'
import { factsOf, formatFor, pluginsOf } from './facts.ts'
import { certsDirectory, dropInDirectory } from './paths.ts'
import { report } from './rules.ts'

/** The text of config.toml: `distro.config` merged over the generated configuration. */
export function configToml(spec: AnySpec): string {
  return printToml(merge(generatedConfig(spec), spec.distro.config) as PlainMapping)
}

/** The configuration before the user's is merged over it. */
export function generatedConfig({ distro }: AnySpec): PlainMapping {
  const format = formatFor(distro.version)
  const plugins = pluginsOf(format)
  const registry = { config_path: certsDirectory }
  const runc = { runtime_type: 'io.containerd.runc.v2', options: { SystemdCgroup: true } }
  const runtime = { containerd: { runtimes: { runc } } }
  const image = pauseImage(distro.version)
  if (format < 3) {
    return {
      version: format,
      plugins: { [plugins.images]: { sandbox_image: image, ...runtime, registry } },
    }
  }
  return {
    version: format,
    // containerd 1 would replace whole tables by those of a drop-in.
    imports: [`${dropInDirectory}/*.toml`],
    plugins: {
      [plugins.images]: { pinned_images: { sandbox: image }, registry },
      [plugins.runtime]: runtime,
    },
  }
}

/** The image of the containers that hold the namespaces of pods. */
export function pauseImage(version: string | null): string {
  return `${pauseRepository}:${factsOf(version).pause}`
}

/** The repository of the pause image. */
export const pauseRepository = 'registry.k8s.io/pause'

/** The user's config.toml with the directory of the mirrors; all other bytes stay as they are. */
export function withCertsDirectory({ distro }: AnySpec, file: PlanFile): Outcome<PlanFile> {
  const { from } = file
  const text = decodeUtf8(file.content) ?? ''
  const parsed = parseToml(text)
  if (!parsed.ok) {
    const { reason, line, column } = parsed
    return failure([report('containerd/config-syntax', from, { reason, line, column })])
  }
  const format = formatOf(parsed.value)
  const findings = [
    ...checkFormat(format, distro.version, file),
    ...bothPatterns(parsed, format, file),
  ]
  if (findings.length > 0) return failure(findings)
  const table = ['plugins', pluginsOf(format).images, 'registry']
  const edited = setTomlText(text, table, 'config_path', certsDirectory)
  return edited === null
    ? failure([report('containerd/config-not-editable', from, { table: table.join('.') })])
    : success({ ...file, content: encodeUtf8(edited) })
}

/** The version of the format; a file without `version` has version 1. */
function formatOf({ version }: PlainMapping): number {
  return version === undefined ? 1 : Number(version)
}

function checkFormat(
  format: number,
  version: string | null,
  { from }: PlanFile,
): readonly Diagnostic[] {
  const newest = version === null ? 2 : factsOf(version).newestFormat
  if (format >= 2 && format <= newest) return []
  return [report('containerd/config-version', from, { found: format, newest, version })]
}

/** The keys below `registry` that containerd refuses if `config_path` is set. */
export function deprecatedKeys(registry: Plain | undefined): readonly (readonly string[])[] {
  if (!isMapping(registry)) return []
  const { mirrors, configs } = registry
  const hosts = isMapping(configs) ? Object.entries(configs) : []
  return [
    ...(isMapping(mirrors) && Object.keys(mirrors).length > 0 ? [['mirrors']] : []),
    ...hosts
      .filter(([, config]) => isMapping(config) && config.tls !== undefined)
      .map(([host]) => ['configs', host, 'tls']),
  ]
}

function bothPatterns(
  { value, lineOf }: Extract<TomlResult, { ok: true }>,
  format: number,
  { path, from }: PlanFile,
): readonly Diagnostic[] {
  const table = ['plugins', pluginsOf(format).images, 'registry']
  return deprecatedKeys(valueAt(value, table)).map(keys => {
    const line = lineOf([...table, ...keys])
    const place = line === null ? path : `line ${line} of ${path}`
    return report('containerd/both-patterns', from, { key: keys.join('.'), place })
  })
}
