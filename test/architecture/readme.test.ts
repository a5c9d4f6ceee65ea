/**
 * The README is true: its specs are rendered, its commands and flags exist, the files that it shows
 * are generated. test/cli/readme.slow.test.ts runs its commands.
 */
import type { Command as CommandOfTree } from 'commander'
import { expect, it } from 'vitest'
import { commandTree } from '../../src/cli/args/command-tree.ts'
import { parseRegistryCall } from '../../src/cli/registry/flags.ts'
import { plansOf, sourceOf } from '../lib/cases.ts'
import {
  argumentsOf,
  blocks,
  commands,
  elided,
  inlineCode,
  readme,
  spec,
  textsOf,
} from '../lib/readme.ts'
import { artifactOf } from '../lib/rendered.ts'
import { read, root } from '../lib/source-tree.ts'
import { formats, isClusterFormat, loadSpec, locate, renderText, treeOf } from '../lib/stages.ts'

const tree = commandTree('0.0.0', { writeOut: () => {}, setExitCode: () => {} })

/** Why a call of gen-node is not accepted, or null. */
function refusal([first = '', ...rest]: readonly string[]): string | null {
  if (first === 'registry') {
    const call = parseRegistryCall(rest.length === 0 ? ['--help'] : rest, {})
    return call.kind === 'error' ? call.message : null
  }
  const verb = tree.commands.find(command => command.name() === first)
  const args = verb === undefined ? [first, ...rest] : rest
  const wrong = args.find(
    (flag, at) => /^--?[a-z]/.test(flag) && !accepts(verb, flag, args[at + 1]),
  )
  return wrong === undefined ? null : `unknown flag ${wrong}`
}

/** Whether a command has a flag that takes this value; `--help` is no option of the tree. */
function accepts(verb: CommandOfTree = tree, flag: string, value = ''): boolean {
  if (flag === '--help') return true
  const option = verb.options.find(({ long, short }) => flag === long || flag === short)
  if (option === undefined) return false
  return option.argChoices === undefined || option.argChoices.includes(value)
}

it('the first commands are those that print a worker and run the tests', () => {
  const [first, second] = commands.map(({ line }) => line)
  expect(first).toBe('npm -s start -- --role worker --bootstrap-ip 192.168.1.10')
  expect(second).toBe('npm test')
  expect(read('.ci/run').trim().split('\n').at(-1)).toBe(second)
})

it('every fenced block has a language that the tests use', () => {
  const languages = blocks.map(({ language }) => language)
  expect([...new Set(languages)].sort()).toEqual(['console', 'sh', 'toml', 'yaml'])
  expect(readme.match(/^```/gm)).toHaveLength(2 * blocks.length)
})

it('every spec is rendered in all formats', () => {
  for (const text of textsOf('yaml')) {
    const source = sourceOf(text)
    expect(loadSpec(source).diagnostics).toEqual([])
    for (const plan of plansOf(source, root)) {
      for (const format of formats) {
        const node = isClusterFormat(format) ? null : plan.name
        expect(artifactOf(plan, { format }).node).toBe(node)
      }
    }
  }
})

it('every field of a spec in the text is a field of a spec', () => {
  const fields = inlineCode.filter(code => /^[a-z]\w*: /.test(code))
  expect(fields.length).toBeGreaterThan(3)
  for (const field of fields) {
    expect(loadSpec(sourceOf(`${spec}${field}\n`)).diagnostics, field).toEqual([])
  }
})

it('every TOML file is the file that a worker of the first command gets', () => {
  const text =
    'apiVersion: gen-node/v1\nbootstrap: 192.168.1.10\nnodes: [{name: w1, role: worker}]\n'
  const [worker] = plansOf(sourceOf(text), root)
  const file = worker!.files.find(({ path }) => path.endsWith('/certs.d/quay.io/hosts.toml'))
  for (const shown of textsOf('toml')) expect(shown).toBe(Buffer.from(file!.content).toString())
})

it('every call of gen-node is accepted', () => {
  const calls = [...commands.map(({ line }) => line), ...inlineCode].flatMap(line => {
    const [program, ...args] = argumentsOf(line)
    if (program === 'gen-node') return [args]
    return line.startsWith('npm -s start -- ') ? [args.slice(3)] : []
  })
  expect(calls.length).toBeGreaterThan(10)
  for (const args of calls) expect(refusal(args), args.join(' ')).toBeNull()
})

it('every flag in the text is a flag of rendering or of the registry', () => {
  const flags = inlineCode.filter(code => code.startsWith('-')).map(argumentsOf)
  expect(flags.length).toBeGreaterThan(5)
  for (const [flag = '', value] of flags) {
    const reason = refusal(['registry', '--bundle-path=x', `${flag}=1`]) ?? ''
    const inRegistry = !reason.startsWith('unknown flag')
    expect(inRegistry || accepts(tree, flag, value), flag).toBe(true)
  }
})

it('the exit codes are those of the help', () => {
  const printed: string[] = []
  tree.configureOutput({ writeOut: text => printed.push(text) }).outputHelp()
  const codesOf = (text: string) => /^Exit codes: [^.]*\./m.exec(text)?.[0].replaceAll(/\s+/g, ' ')
  expect(codesOf(readme)).toBe(codesOf(printed.join('')))
})

it('the output of inspect is the listing and the file of the example', () => {
  const listing = commands.find(({ line }) => /^gen-node inspect \S+$/.test(line))
  const plan = plansOf(sourceOf(spec), root).find(({ name }) => name === 'w1')
  const { entries, enabled } = treeOf(plan!)
  const lines = entries.map(entry => {
    const size = entry.kind === 'file' ? String(entry.content.length) : ''
    return `${entry.mode.toString(8).padStart(4, '0')} ${entry.owner} ${size.padStart(4)} … ${entry.path}`
  })
  expect(listing?.output).toBe(`${lines.join('\n')}\nenabled: ${enabled.join(' ')}\n`)
  const printing = commands.find(({ line }) => line.includes(' --path '))
  const hosts = entries.find(({ path }) => printing?.line.endsWith(` ${path}`))
  expect(printing?.output).toBe(
    hosts?.kind === 'file' ? Buffer.from(hosts.content).toString() : null,
  )
})

it('the output of check is the finding of the example', () => {
  const [, from = '', to = '', file = ''] =
    commands
      .map(({ line }) => /^sed 's\/(.*)\/(.*)\/' cluster.yaml > (.*)$/.exec(line))
      .find(Boolean) ?? []
  const check = commands.find(({ line }) => line === `gen-node check ${file}`)
  const source = { ...sourceOf(spec.replace(from, to)), name: file }
  const text = renderText(locate(source, loadSpec(source).diagnostics), { colour: false })
  expect(check?.output.trim()).toBe(text.trim())
})

it('… stands for numbers and digests only', () => {
  const shown = 'a … b …'
  expect(elided('a 1,234 b 0af', shown)).toBe(shown)
  expect(elided('a 1,234 c 0af', shown)).toBe('a 1,234 c 0af')
  expect(elided('a x b 1', shown)).toBe('a x b 1')
})
