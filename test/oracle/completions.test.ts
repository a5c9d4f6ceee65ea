/** zsh and fish complete calls with the scripts that `gen-node completion` prints. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { folderWith, genNode } from '../cli/gen-node.ts'
import { describeWith, judge, runs } from '../lib/judge.ts'

// The text before the Tab key, and the text after it.
const calls = [
  ['insp', 'inspect'],
  ['--boot', '--bootstrap-ip'],
  ['--format ig', '--format ignition'],
  ['inspect --ex', 'inspect --extract'],
  ['completion fi', 'completion fish'],
] as const

describeWith([judge('zsh', 'zsh')], 'zsh', () => {
  const script = scriptOf('zsh')
  it('parses the script', () => {
    expect(runs(['zsh', '-f', '-n', script])).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  // zsh completes in an interactive shell only; gen-node is a function there that prints its call.
  const terminal = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT=; autoload -U compinit; compinit -u -D; source $1; gen-node() print -r -- \\"called:\\$*.\\"; print RE''ADY"
zpty -r shell output '*READY*'
for call in "\${@:2}"; do
  zpty -w shell "gen-node $call"$'\\t'
  zpty -r shell output '*called:*.*'
  print -r -- \${\${output##*called:}%%.*}
done
`
  it('completes verbs, flags and values', () => {
    const program = join(folderWith({ terminal }), 'terminal')
    const ran = runs(['zsh', '-f', program, script, ...calls.map(([input]) => input)])
    expect(ran.stdout.split('\n').slice(0, -1)).toEqual(calls.map(([, result]) => result))
  })
})

describeWith([judge('fish', 'fish')], 'fish', () => {
  const script = scriptOf('fish')
  it('parses the script', () => {
    expect(runs(['fish', '--no-config', '-n', script])).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it.each(calls)('completes %s to %s', (input, result) => {
    const command = `source ${script}; complete -C 'gen-node ${input}'`
    const { stdout, stderr } = runs(['fish', '--no-config', '-c', command])
    // Each line is the last argument, a tab and its description.
    const found = stdout
      .trim()
      .split('\n')
      .map(line => line.replace(/\t.*/, ''))
    expect([stderr, found]).toEqual(['', [result.split(' ').at(-1)]])
  })
})

/** The script as a file: fish does not read a program from the socket that Node uses as stdin. */
function scriptOf(shell: string): string {
  const { code, stdout, stderr } = genNode(['completion', shell])
  if (code !== 0) throw new Error(stderr)
  const path = join(folderWith({}), shell)
  writeFileSync(path, stdout)
  return path
}
