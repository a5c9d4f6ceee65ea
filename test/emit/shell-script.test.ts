import { expect, it } from 'vitest'
import { commandsOf, mayEndScript } from '../../src/emit/cloud-init/foreign/shell-script.ts'

it.each([
  'exit 1',
  'true && exit',
  '[ -e /x ] || { echo; exit 2; }',
  '. /etc/profile',
  'set -e',
  'set -eu',
  'exec sh',
  'umask 077',
  'PATH=/x:$PATH',
  'export PATH=/x',
  'if true; then',
  'fi',
  'for a in b; do',
  'cat <<E',
  'echo \\',
  "echo 'a",
  'echo "a',
  'echo `a',
  '(cd /x',
  'f() {',
  'systemctl reboot',
])('%j may end the script, or change how it continues', line => {
  expect(mayEndScript(line)).toBe(true)
})

it.each([
  'curl -o /x http://y | sh',
  'set -x',
  'set -x; echo',
  'if true; then echo; fi',
  'for a in b; do echo $a; done',
  'case a in (a) echo;; esac',
  'echo "exiting"',
  '(cd /x && make)',
  'export KUBECONFIG=/x',
  'echo existing > /x',
])('%j does not end the script', line => expect(mayEndScript(line)).toBe(false))

it('splits a line into the arguments of its commands', () => {
  expect(commandsOf('a b && c "d e"; f\n')).toEqual([['a', 'b'], ['c', 'd e'], ['f']])
  expect(commandsOf('a | b')).toBeNull()
})
