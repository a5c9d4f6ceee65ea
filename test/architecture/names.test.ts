/** Names of files and variables, and the sentence of each export. */
import { basename, dirname } from 'node:path'
import { expect, it } from 'vitest'
import { codeOf, filesBelow, read } from '../lib/source-tree.ts'

const sources = filesBelow('src', /\.(ts|mjs)$/)

it('no file or folder is named utils, helpers, common, misc or words', () => {
  const vague = /^(utils?|helpers?|common|misc|words?)$/
  const wrong = sources.filter(file => file.split(/[/.-]/).some(part => vague.test(part)))
  expect(wrong).toEqual([])
})

/** The files that implement one contract once per room, distribution, format or program. */
const contracts: Readonly<Record<string, RegExp>> = {
  'emit.ts': /^src\/emit\/[^/]+$/,
  'inspect.ts': /^src\/emit\/[^/]+$/,
  'merge.ts': /^src\/emit\/[^/]+\/foreign$/,
  // The plan's type, and the function of each distribution that makes one.
  'plan.ts': /^src\/(plan|distro\/[^/]+)$/,
  // The checks of the spec, and those of each distribution that they call.
  'check.ts': /^src\/(model|distro\/[^/]+)$/,
  'certificates.ts': /^src\/distro\/[^/]+$/,
  'check-config.ts': /^src\/distro\/[^/]+$/,
  'config.ts': /^src\/distro\/[^/]+$/,
  'facts.ts': /^src\/distro\/[^/]+$/,
  'images.ts': /^src\/distro\/[^/]+$/,
  'paths.ts': /^src\/distro\/[^/]+$/,
  'token.ts': /^src\/distro\/[^/]+$/,
  // The run book, and the part of each distribution.
  'runbook.ts': /^src\/(view|distro\/[^/]+)$/,
  'starter.ts': /^src\/distro\/[^/]+$/,
  // The table of each room and distribution; src/rules.ts joins them.
  'rules.ts': /^src(\/[^/]+|\/distro\/[^/]+)?$/,
}

it('two files have the same name only where they implement one contract', () => {
  // The command line names its files after its verbs and flags, tools after what developers run.
  const named = sources.filter(file => !/^src\/(cli|tools)\//.test(file))
  const wrong = named.filter(file => {
    const name = basename(file)
    const twins = named.filter(other => basename(other) === name)
    return twins.length > 1 && contracts[name]?.test(dirname(file)) !== true
  })
  expect(wrong).toEqual([])
})

it('no variable, parameter or property is named "one"', () => {
  const wrong = sources.flatMap(file =>
    codeOf(read(file))
      .split('\n')
      .flatMap((line, at) => (/\bone\b/.test(line) ? [`${file}:${at + 1} ${line.trim()}`] : [])),
  )
  expect(wrong).toEqual([])
})

it('a comment states the purpose of every export', () => {
  const wrong = sources.flatMap(file => {
    const lines = read(file).split('\n')
    return lines.flatMap((line, at) =>
      /^export (async )?(function|const|interface|type) \w/.test(line) &&
      !/\*\/$|^\/\//.test(lines[at - 1] ?? '')
        ? [`${file}:${at + 1} ${line}`]
        : [],
    )
  })
  expect(wrong).toEqual([])
})
