/** Programs for Debian's Python, which has the modules of cloud-init. */
import { spawnSync } from 'node:child_process'
import { type Judge, runs } from '../../lib/judge.ts'

const python = '/usr/bin/python3'

/** Debian's Python with these modules. */
export function pythonWith(...modules: readonly string[]): Judge {
  return {
    name: `python3 with ${modules.join(' and ')}`,
    promised: true,
    missing() {
      const { code } = runs([python, '-c', `import ${modules.join(', ')}`])
      return code === 0 ? null : `${python} lacks ${modules.join(' or ')}`
    },
  }
}

/** What a program prints as JSON for inputs that it reads as JSON. */
export function answers(program: string, inputs: readonly unknown[]): readonly unknown[] {
  const { status, stdout, stderr } = spawnSync(python, ['-c', program], {
    cwd: '/',
    input: JSON.stringify(inputs),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}
