/** The commands of the README, run one after the other, print what the README shows. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { root } from '../../src/tools/assets.mjs'
import { curl, describeWith, skopeo } from '../lib/judge.ts'
import { networks, openNetwork, until } from '../lib/network.ts'
import { blocks, type Command, commands, commandsOf, elided, spec } from '../lib/readme.ts'
import { image, layout, named, writeTree } from '../registry/lib/image.ts'
import { folderWith, genNode, program, worker } from './gen-node.ts'

const alias = commands.find(({ line }) => line.startsWith('alias '))?.line ?? ''
const consoles = blocks.filter(({ language }) => language === 'console').map(commandsOf)
const isOfRegistry = (block: readonly Command[]) =>
  block.some(({ line }) => line.startsWith('gen-node registry'))
const exampleCommands = consoles.filter(block => !isOfRegistry(block)).flat()
const registryCommands = consoles.filter(isOfRegistry).flat()

const separator = '\u001e\n'

/** A script that runs the commands and prints a separator after each; servers end with it. */
function scriptOf(list: readonly Command[], before: readonly string[]): string {
  return [
    'exec 2>&1; shopt -s expand_aliases',
    `cd '${root}'`,
    alias,
    'cd "$OLDPWD"',
    ...before,
    ...list.flatMap(({ line }) => [inForeground(line), `printf '\\036\\n'`]),
    'kill $(jobs -p) 2>/dev/null',
  ].join('\n')
}

/** A server that was started with `&` is waited for. */
function inForeground(line: string): string {
  if (!line.endsWith(' &')) return line
  return `${line.slice(0, -2)} >serve.log 2>&1 &\ntimeout 20 sh -c 'until grep -q ^serving serve.log; do sleep 0.1; done'`
}

/** Compares the printed outputs with the shown ones. */
function compare(list: readonly Command[], printed: string): void {
  const outputs = printed.split(separator)
  const actual = list.map(({ line, output }, at) => ({
    line,
    output: elided(outputs[at]?.trimEnd() ?? '', output.trimEnd()),
  }))
  expect(actual).toEqual(list.map(({ line, output }) => ({ line, output: output.trimEnd() })))
}

it('every command is run here, apart from the one that runs all tests', () => {
  const [first] = commands.map(({ line }) => line)
  const inBlocks = [...exampleCommands, ...registryCommands].map(({ line }) => line)
  const rest = commands.filter(({ line }) => ![first, alias, ...inBlocks].includes(line))
  expect(rest.map(({ line }) => line)).toEqual(['npm test'])
})

it('npm start prints the user-data of a worker', () => {
  const [first] = commands
  const { status, stdout } = spawnSync('sh', ['-c', first!.line], { cwd: root, encoding: 'utf8' })
  expect(status).toBe(0)
  expect(stdout).toBe(genNode(worker).stdout)
})

it('the alias names the built program', () => {
  expect(alias).toContain('/dist/gen-node.cjs')
  expect(existsSync(program)).toBe(true)
})

it('the commands of the example print what is shown', () => {
  const cwd = folderWith({ 'cluster.yaml': spec })
  const { stdout } = spawnSync('bash', ['-c', scriptOf(exampleCommands, [])], {
    cwd,
    encoding: 'utf8',
  })
  compare(exampleCommands, stdout)
  for (const name of ['w1/user-data', 'w1/config.ign', 'RUNBOOK.md']) {
    expect(existsSync(join(cwd, 'out', name)), name).toBe(true)
  }
})

describeWith([curl, networks, skopeo], 'the registry', () => {
  let close = async () => {}
  afterAll(() => close())

  it('the commands print what is shown', async () => {
    const network = await openNetwork()
    close = network.close
    // quay.io is a registry in this network.
    const upstream = join(network.folder, 'upstream')
    const name = 'quay.io/k0sproject/coredns:1.12.2'
    mkdirSync(upstream)
    writeTree(upstream, layout([named(image('coredns'), name)]))
    const serve = [process.execPath, program, 'registry', '-b', upstream, '-p', '5999']
    const server = network.start(serve)
    await until('the upstream registry', () => server.output().includes('serving'))
    const configuration = join(network.folder, 'registries.conf')
    writeFileSync(
      configuration,
      '[[registry]]\nlocation = "quay.io"\n[[registry.mirror]]\nlocation = "127.0.0.1:5999"\ninsecure = true\n',
    )
    const skopeoAlias = `alias skopeo='skopeo --insecure-policy --registries-conf ${configuration}'`
    const script = scriptOf(registryCommands, [skopeoAlias])
    const cwd = folderWith({ 'serve.log': '' })
    const { stdout } = await network.run(['bash', '-c', script], { cwd })
    compare(registryCommands, stdout)
  })
})
