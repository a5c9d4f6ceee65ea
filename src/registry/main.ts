import { serveRegistry } from './serve.ts'

// Not when nothing is left to do: a hash under way may take minutes. But when all is said.
const code = await serveRegistry(process.argv.slice(2), process.env)
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
