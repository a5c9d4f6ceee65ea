/**
 * A headless Chromium, driven by the DevTools protocol over two pipes. Records every request and
 * every error of its page: https://chromedevtools.github.io/devtools-protocol/.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { judge, which } from '../../lib/judge.ts'

/** Chromium, as Debian installs it. */
export const chromium = judge('chromium', 'chromium')

/** The only page of a browser. */
export interface Page {
  open(url: string): Promise<void>
  /** The value of an expression, awaited; an exception of the page is thrown. */
  evaluate(expression: string): Promise<unknown>
  /** Every URL that was requested, in order. */
  readonly requests: readonly string[]
  /** Errors of the console, uncaught exceptions, failed loads and violations of the policy. */
  readonly errors: readonly string[]
  close(): Promise<void>
}

// Chromium has no sandbox for root, and sends requests to its vendor without these flags.
const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ...['--disable-dev-shm-usage', '--remote-debugging-pipe'],
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
]

/** Starts Chromium with a new profile. */
export async function openPage(): Promise<Page> {
  const profile = mkdtempSync(join(tmpdir(), 'gen-node-chromium-'))
  const browser = spawn(
    which('chromium') ?? 'chromium',
    [...flags, `--user-data-dir=${profile}`, 'about:blank'],
    {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      env: { ...process.env, HOME: profile },
    },
  )
  const requests: string[] = []
  const errors: string[] = []
  const loaded = new Set<() => void>()
  const send = connect(browser, ({ method, params }) => {
    if (method === 'Network.requestWillBeSent') requests.push(params.request.url)
    if (method === 'Page.loadEventFired') for (const resolve of loaded) resolve()
    if (method === 'Runtime.exceptionThrown') errors.push(messageOf(params.exceptionDetails))
    if (method === 'Log.entryAdded' && params.entry.level === 'error')
      errors.push(params.entry.text)
    if (method === 'Runtime.consoleAPICalled' && params.type === 'error') {
      errors.push(JSON.stringify(params.args))
    }
  })
  const { targetInfos } = await send('Target.getTargets', {})
  const { targetId } = targetInfos.find((target: { type: string }) => target.type === 'page')
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true })
  const inPage = (method: string, params: object = {}) => send(method, params, sessionId)
  for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await inPage(`${domain}.enable`)
  return {
    async open(url) {
      const load = new Promise<void>(resolve => loaded.add(resolve))
      await inPage('Page.navigate', { url })
      await load
    },
    async evaluate(expression) {
      const { result, exceptionDetails } = await inPage('Runtime.evaluate', {
        ...{ expression, awaitPromise: true, returnByValue: true },
      })
      if (exceptionDetails !== undefined) throw new Error(messageOf(exceptionDetails))
      return result.value
    },
    requests,
    errors,
    async close() {
      const exit = once(browser, 'exit')
      await send('Browser.close', {})
      await exit
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

function messageOf(details: { text: string; exception?: { description?: string } }): string {
  return details.exception?.description ?? details.text
}

// biome-ignore lint/suspicious/noExplicitAny: the protocol is larger than the few fields that are read.
type Fields = any
type Send = (method: string, params: object, sessionId?: string) => Promise<Fields>

/** Messages are JSON, each followed by a zero byte: descriptor 3 to the browser, 4 from it. */
function connect(
  browser: ChildProcess,
  onEvent: (event: { method: string; params: Fields }) => void,
): Send {
  const input = browser.stdio[3] as Writable
  const output = browser.stdio[4] as Readable
  const pending = new Map<number, { resolve(value: Fields): void; reject(error: Error): void }>()
  let rest = ''
  output.setEncoding('utf8')
  output.on('data', (text: string) => {
    const messages = (rest + text).split('\0')
    rest = messages.pop() ?? ''
    for (const message of messages.map(part => JSON.parse(part))) {
      const call = pending.get(message.id)
      pending.delete(message.id)
      if (call === undefined) onEvent(message)
      else if (message.error === undefined) call.resolve(message.result)
      else call.reject(new Error(message.error.message))
    }
  })
  input.on('error', () => {})
  browser.on('exit', code => {
    for (const { reject } of pending.values()) reject(new Error(`chromium ended with ${code}`))
  })
  let lastId = 0
  return (method, params, sessionId) =>
    new Promise((resolve, reject) => {
      lastId += 1
      pending.set(lastId, { resolve, reject })
      input.write(`${JSON.stringify({ id: lastId, method, params, sessionId })}\0`)
    })
}
