/** The tools that will read our bytes accept them: cloud-init's schema, ignition-validate, PyYAML. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { parseYaml11, plainOf } from '../../src/codec/pyyaml.ts'
import { versions } from '../../src/emit/ignition/versions.ts'
import type { NodePlan } from '../../src/plan/plan.ts'
import { aPlan } from '../emit/plans.ts'
import { artifactOf, ignitionVersion, type Rendering } from '../lib/rendered.ts'

const python = '/usr/bin/python3'
const ignitionValidate = '/usr/bin/ignition-validate'
const cloudInit = '/usr/bin/cloud-init'
const has = {
  python: works(python, ['-c', 'import yaml, cloudinit.config.schema']),
  cloudInit: works(cloudInit, ['--version']),
  ignition: works(ignitionValidate, ['-version']),
}
if (process.env.ORACLE === 'require' && Object.values(has).includes(false)) {
  throw new Error(`a judge is missing: ${JSON.stringify(has)}`)
}

function works(program: string, words: readonly string[]): boolean {
  return existsSync(program) && spawnSync(program, words, { stdio: 'ignore' }).status === 0
}

const folder = mkdtempSync(join(tmpdir(), 'gen-node-judges-'))
afterAll(() => rmSync(folder, { recursive: true }))

function emitted(plan: NodePlan, settings: Partial<Rendering>): string {
  return Buffer.from(artifactOf(plan, settings).bytes).toString('utf8')
}

/** A judgement of many texts by one Python process. */
function asked(program: string, texts: readonly string[]): readonly unknown[] {
  const run = spawnSync(python, ['-c', program], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (run.status !== 0) throw new Error(run.stderr)
  return JSON.parse(run.stdout)
}

describe('cloud-init', () => {
  test('finds nothing by its schema', ({ skip }) => {
    skip(!has.python, 'cloud-init is not installed')
    const texts = fc.sample(aPlan(0o7777), 300).map(plan => emitted(plan, {}))
    const verdicts = asked(
      `
import json, logging, sys, yaml
logging.disable(logging.CRITICAL)
from cloudinit.config.schema import get_schema, validate_cloudconfig_schema
schema = get_schema()
out = []
for text in json.load(sys.stdin):
    try:
        validate_cloudconfig_schema(yaml.safe_load(text), schema, strict=True)
        out.append(None)
    except Exception as e:
        out.append(str(e))
json.dump(out, sys.stdout)`,
      texts,
    )
    for (const [at, verdict] of verdicts.entries()) expect(verdict, texts[at]).toBeNull()
  })

  test('`schema -c` says valid', ({ skip }) => {
    skip(!has.cloudInit, 'cloud-init is not installed')
    for (const plan of fc.sample(aPlan(), 8)) {
      const file = join(folder, 'user-data')
      writeFileSync(file, emitted(plan, {}))
      const run = spawnSync(cloudInit, ['schema', '-c', file], { encoding: 'utf8' })
      expect(`${run.stdout}${run.stderr}`.trim()).toMatch(/^Valid cloud-config: \S+$/)
    }
  })
})

describe('ignition-validate', () => {
  test('prints nothing', ({ skip }) => {
    skip(!has.ignition, 'ignition is not installed')
    for (const { version } of versions) {
      const special = version === '3.6.0' ? 0o7777 : 0o777
      for (const plan of fc.sample(aPlan(special), 40)) {
        // Debian's 2.14 knows 3.3.0 at most; later versions changed nothing that we write.
        const known = version > '3.3.0' ? '3.3.0' : version
        const text = emitted(plan, {
          format: 'ignition',
          options: ignitionVersion(version),
        }).replace(`"version":"${version}"`, `"version":"${known}"`)
        const run = spawnSync(ignitionValidate, ['-'], { input: text, encoding: 'utf8' })
        const said = `${run.stdout}${run.stderr}`
          .split('\n')
          .filter(line => !(special > 0o777 && /setuid|setgid|sticky/.test(line)))
        expect(said.join('\n'), text).toBe('')
      }
    }
  }, 60_000)
})

describe('PyYAML', () => {
  const scalars = fc.oneof(
    fc.constantFrom(
      ...'yes No on OFF y n true True TRUE tRUE ~ null Null 0 00 010 08 0o10 0x1F 0b11 1_0 +1 -1 1:30 -1:30 01:30 190:20:30.15 1. .5 1.5 1e3 1.0e3 1.0e+3 1.5E-2 .inf -.INF +.inf .nan .NaN = < 2026-01-01 2026-1-1 a:b a#b -a ?a :a'.split(
        ' ',
      ),
      '2026-01-01 10:00:00',
      '2026-01-01T10:00:00Z',
      '"a\\tb"',
      "'it''s'",
      '!!str 12',
      '!!int "12"',
      '!!float 1.5',
      '!!bool yes',
      '!!null x',
      '!!binary QUJD',
      '! 12',
      '! "12"',
      '!x 1',
      'a  b',
      '',
      '[yes, 010]',
      '{a: no, "b": 1}',
      '*one',
      '&one two',
      '|\n    a\n     b\n',
      '>-\n    a\n    b\n\n    c\n',
    ),
    fc.stringMatching(/^[-+]?[0-9_.:eExXobB+-]{1,6}$/),
  )
  const document = fc
    .array(fc.tuple(fc.constantFrom('a', 'b', 'yes', '2', 'c d', '<<', '"<<"', '&m m'), scalars), {
      minLength: 1,
      maxLength: 5,
    })
    .map(pairs => pairs.map(([key, value]) => `${key}: ${value}\n`).join(''))

  test('reads what our YAML 1.1 reads', ({ skip }) => {
    skip(!has.python, 'python3-yaml is not installed')
    const texts = fc.sample(document, 4000)
    const answers = asked(
      `
import base64, datetime, json, sys, yaml
def plain(o):
    if isinstance(o, dict): return {'map': [[plain(k), plain(v)] for k, v in o.items()]}
    if isinstance(o, list): return [plain(v) for v in o]
    if isinstance(o, bytes): return {'bytes': o.decode('latin1')}
    if isinstance(o, (datetime.date, datetime.datetime)): return {'moment': 1}
    if isinstance(o, float): return {'float': repr(o) if o != o or abs(o) == float('inf') else o + 0.0}
    if isinstance(o, int) and not isinstance(o, bool): return {'float': float(o) + 0.0}
    return o
out = []
for text in json.load(sys.stdin):
    try: out.append({'value': plain(yaml.safe_load(text))})
    except Exception as e: out.append('refused')
json.dump(out, sys.stdout)`,
      texts,
    )
    for (const [at, text] of texts.entries()) {
      const read = parseYaml11(text)
      expect(read.ok ? { value: shown(read.value) } : 'refused', text).toEqual(answers[at])
    }
  })

  const shown = (value: unknown): unknown => {
    if (value instanceof Map) return { map: [...value].map(pair => pair.map(shown)) }
    if (Array.isArray(value)) return value.map(shown)
    if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('latin1') }
    if (typeof value === 'number') {
      const name = Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
      return { float: Number.isFinite(value) ? value + 0 : name }
    }
    return typeof value === 'object' && value !== null ? { moment: 1 } : value
  }

  test('is not asked to understand what no reader does', () => {
    for (const text of [
      'a: [',
      'a: *b',
      '\0',
      '- a\nb',
      'a: b\n---\nc: d',
      '[[a]]: b',
      `${'['.repeat(9999)}`,
    ]) {
      expect(parseYaml11(text).ok, text).toBe(false)
    }
    expect(plainOf(new Map([['a', [1]]]))).toEqual({ a: [1] })
  })
})
