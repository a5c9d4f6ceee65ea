import { serveRegistry } from './program.ts'

process.exitCode = await serveRegistry(process.argv.slice(2), process.env)
