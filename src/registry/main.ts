import { serveRegistry } from './program.ts'

// Not when nothing is left to do: a hash under way may take minutes.
process.exit(await serveRegistry(process.argv.slice(2), process.env))
