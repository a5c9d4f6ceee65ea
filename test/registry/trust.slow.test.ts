import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  scryptSync,
  sign,
} from 'node:crypto'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { fileExtent } from '../../src/registry/store/extent.ts'
import { verifyFile } from '../../src/registry/store/signature.ts'
import { curl, describeWith, openssl, runOrThrow, runs } from '../lib/judge.ts'
import { until } from '../lib/network.ts'
import { app } from './lib/bundle.ts'
import { blobPath, content, layout, named, treeTar, writeTree } from './lib/image.ts'
import { get, logs, type Running, run, runAtTerminal, start, tempFolder } from './lib/program.ts'
import { pull } from './lib/pull.ts'

const tree = layout([named(app, 'x:1')])
const bytes = treeTar(tree)

function pem(key: KeyObject): string {
  return `${key.export({ type: 'spki', format: 'pem' })}`
}

/** A self-signed certificate and its key. */
function certify(name: string, key: string, cert: string): void {
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const to = ['-subj', `/CN=${name}`, '-days', '2', '-keyout', key, '-out', cert]
  runOrThrow('openssl', 'req', '-x509', ...fresh, ...to)
}

/** A bundle with its key and its signature in a new folder. */
function signed(pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }), name = 'b.tar') {
  const folder = mkdtempSync(join(tempFolder, 'signed-'))
  const bundle = join(folder, name)
  const key = join(folder, 'cosign.pub')
  const packed = name.endsWith('gz') ? gzipSync(bytes) : bytes
  const signature = sign('sha256', packed, pair.privateKey).toString('base64')
  writeFileSync(bundle, packed)
  writeFileSync(key, pem(pair.publicKey))
  writeFileSync(`${bundle}.sig`, `${signature}\n`)
  return { folder, bundle, key, signature, pair, packed }
}

/** A signature in the form that cosign writes since its version 3. */
function sigstore({ signature, packed }: ReturnType<typeof signed>, more: object = {}) {
  const digest = createHash('sha256').update(packed).digest('base64')
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: 'hint' } },
    messageSignature: { messageDigest: { algorithm: 'SHA2_256', digest }, signature },
    ...more,
  }
}

const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 })

describe('a signed bundle is served', () => {
  test.each<readonly [string, () => ReturnType<typeof signed>]>([
    ['ECDSA P-256', () => signed()],
    ['RSA', () => signed(rsa())],
    ['a tar.gz', () => signed(undefined, 'b.tar.gz')],
    [
      '.sigstore.json',
      () => {
        const made = signed()
        rmSync(`${made.bundle}.sig`)
        writeFileSync(`${made.bundle}.sigstore.json`, JSON.stringify(sigstore(made)))
        return made
      },
    ],
    [
      // sigstore-go compares the stated digest only where it has no file: pkg/verify/signature.go at 01dbd58.
      '.sigstore.json with a wrong digest beside the right signature',
      () => {
        const made = signed()
        const { messageSignature } = sigstore(made)
        const messageDigest = { algorithm: 'SHA2_256', digest: 'AAAA' }
        const bundle = sigstore(made, { messageSignature: { ...messageSignature, messageDigest } })
        rmSync(`${made.bundle}.sig`)
        writeFileSync(`${made.bundle}.sigstore.json`, JSON.stringify(bundle))
        return made
      },
    ],
    [
      'the older bundle of cosign',
      () => {
        const made = signed()
        rmSync(`${made.bundle}.sig`)
        const bundle = { base64Signature: made.signature, cert: 'ignored', rekorBundle: {} }
        writeFileSync(`${made.bundle}.sigstore.json`, JSON.stringify(bundle))
        return made
      },
    ],
  ])('%s', async (_, make) => {
    const { bundle, key } = make()
    const registry = await start(['-b', bundle, '--cosign-key', key])
    expect((await pull(registry, 'x', '1')).digest).toBe(app.manifest.digest)
  })

  test('and without a key only with --verify=false', async () => {
    const { bundle } = signed()
    const { code, stderr } = await run(['-b', bundle, '-p', '0'])
    expect(code).toBe(1)
    expect(stderr).toContain('--cosign-key FILE')
    expect(stderr).toContain('--verify=false')
    const registry = await start(['-b', bundle, '--verify=false'])
    await pull(registry, 'x', '1')
    const env = { K0RDENTD_VERIFY_SIGNATURE: 'false' }
    expect((await runAtTerminal(['-b', bundle, '--check'], env)).code).toBe(0)
  })
})

describe('a damaged bundle, signature or key is refused', () => {
  type Made = ReturnType<typeof signed>
  const flip = (path: string, at: number) => {
    const content = readFileSync(path)
    content[at] = (content[at] ?? 0) ^ 1
    writeFileSync(path, content)
  }
  const asSigstore = (made: Made, value: object) => {
    rmSync(`${made.bundle}.sig`)
    writeFileSync(`${made.bundle}.sigstore.json`, JSON.stringify(value))
  }
  test.each<readonly [string, (made: Made) => void]>([
    ['one changed bit of the bundle', made => flip(made.bundle, 2000)],
    ['an additional byte', made => appendFileSync(made.bundle, '\0')],
    [
      'one changed bit of the signature',
      made => {
        const der = Buffer.from(made.signature, 'base64')
        der[20] = (der[20] ?? 0) ^ 1
        writeFileSync(`${made.bundle}.sig`, der.toString('base64'))
      },
    ],
    ['no signature', made => rmSync(`${made.bundle}.sig`)],
    ['an empty signature', made => writeFileSync(`${made.bundle}.sig`, '')],
    [
      'random bytes as a signature',
      made => writeFileSync(`${made.bundle}.sig`, randomBytes(70).toString('base64')),
    ],
    ['the key of another signer', made => writeFileSync(made.key, pem(signed().pair.publicKey))],
    [
      'a keyless bundle',
      made => {
        const { signature } = signed()
        asSigstore(made, sigstore(made, { messageSignature: { signature } }))
      },
    ],
    [
      'an attestation',
      made => asSigstore(made, sigstore(made, { messageSignature: undefined, dsseEnvelope: {} })),
    ],
    [
      'a signature bundle that is not JSON',
      made => {
        rmSync(`${made.bundle}.sig`)
        writeFileSync(`${made.bundle}.sigstore.json`, '{')
      },
    ],
    [
      'a key of another kind',
      made => writeFileSync(made.key, pem(generateKeyPairSync('ed25519').publicKey)),
    ],
    ['a file that is not a key', made => writeFileSync(made.key, 'nonsense')],
  ])('%s', async (_, corrupt) => {
    const made = signed()
    corrupt(made)
    const { code, stderr } = await run(['-b', made.bundle, '--cosign-key', made.key, '-p', '0'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^registry: .*\n$/)
  })
})

test('the published test vector of sigstore is verified', async () => {
  const folder = mkdtempSync(join(tempFolder, 'vector-'))
  const body =
    'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE4M25NDTMbDCpLsh9zJtoZOeD5l38fUpzTdK3JWjJGf1Gb75J0xooxS+n/gdN3ch6dUU9ZyRy75JQPvMBl/uEdA=='
  const key = join(folder, 'key.pub')
  writeFileSync(
    key,
    pem(createPublicKey({ key: Buffer.from(body, 'base64'), format: 'der', type: 'spki' })),
  )
  const file = join(folder, 'content')
  writeFileSync(file, 'test content')
  const signature =
    'MEYCIQC459RMz4rqofBUcrYVc34gyNUJ7/M3ZU+qUIoLJl1THQIhAPSPwNGAHjgzXVhKrHrZWPufd1/v7PNAuWAAYv2ioIwT'
  const digest = 'auinVVUgn9bEQVfArtgBbnY/9DWhnPGG92hjFAFD/3I='
  writeFileSync(
    `${file}.sigstore.json`,
    JSON.stringify({
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: { publicKey: { hint: 'hint' } },
      messageSignature: { messageDigest: { algorithm: 'SHA2_256', digest }, signature },
    }),
  )
  const trust = { verify: undefined, cosignKey: key }
  expect(await verifyFile(file, trust)).toEqual(fileExtent(file))
  writeFileSync(file, 'test content.')
  await expect(verifyFile(file, trust)).rejects.toThrow('is not its signature by the key')
})

describe('a folder with signed SHA256SUMS', () => {
  function folderSigned() {
    const folder = writeTree(mkdtempSync(join(tempFolder, 'sums-')), tree)
    const sums = [...tree]
      .map(([path, content]) => `${createHash('sha256').update(content).digest('hex')}  ${path}\n`)
      .join('')
    const { pair, key } = signed()
    writeFileSync(join(folder, 'SHA256SUMS'), sums)
    const signature = sign('sha256', Buffer.from(sums), pair.privateKey)
    writeFileSync(join(folder, 'SHA256SUMS.sig'), signature.toString('base64'))
    return { folder, key }
  }

  test('is checked file by file', async () => {
    const { folder, key } = folderSigned()
    const registry = await start(['-b', folder, '--cosign-key', key])
    await pull(registry, 'x', '1')
  })

  test.each<readonly [string, (folder: string) => void]>([
    [
      'a file that does not match the list',
      folder => appendFileSync(join(folder, 'index.json'), ' '),
    ],
    ['a file that is not in the list', folder => writeFileSync(join(folder, 'more'), '')],
    ['a file with a similar name', folder => writeFileSync(join(folder, 'SHA256SUMS_.tar'), '')],
    ['a file that is missing', folder => rmSync(join(folder, 'oci-layout'))],
    ['a list that was changed', folder => appendFileSync(join(folder, 'SHA256SUMS'), '\n')],
    ['a missing list', folder => rmSync(join(folder, 'SHA256SUMS'))],
    ['a missing signature', folder => rmSync(join(folder, 'SHA256SUMS.sig'))],
  ])('%s is refused', async (_, corrupt) => {
    const { folder, key } = folderSigned()
    corrupt(folder)
    const { code, stderr } = await run(['-b', folder, '--cosign-key', key, '-p', '0'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^registry: .*\n$/)
  })
})

describe('invalid public keys and signatures', () => {
  test.each<readonly [string, (key: string) => void]>([
    ['a private key', key => writeFileSync(key, signedPrivate())],
    ['an empty file', key => writeFileSync(key, '')],
    ['a half-written key', key => writeFileSync(key, readFileSync(key).subarray(0, -60))],
    [
      'DER',
      key => writeFileSync(key, signed().pair.publicKey.export({ type: 'spki', format: 'der' })),
    ],
  ])('%s is an error with the path', async (_, spoil) => {
    const { bundle, key } = signed()
    spoil(key)
    const { code, stderr } = await run(['-b', bundle, '--cosign-key', key, '-p', '0'])
    expect(code).toBe(1)
    const problem = `${key} is not a readable ECDSA or RSA public key in PEM form: `
    expect(stderr).toMatch(new RegExp(`^registry: ${bundle}: ${problem}.+\n$`))
  })

  test.each(['', '{', '{}', '{"dsseEnvelope": {}}'])('signature %j', async text => {
    const { bundle, key } = signed()
    writeFileSync(`${bundle}.sig`, text)
    const { code, stderr } = await run(['-b', bundle, '--cosign-key', key, '-p', '0'])
    const wrong = `is not its signature by the key ${key}`
    const problem = text === '{' ? 'is not a readable signature: ' : wrong
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(`registry: ${bundle}: ${bundle}.sig ${problem}`),
    ])
  })

  test('the raw signature that openssl writes is accepted', async () => {
    const { bundle, key, signature } = signed()
    writeFileSync(`${bundle}.sig`, Buffer.from(signature, 'base64'))
    await pull(await start(['-b', bundle, '--cosign-key', key]), 'x', '1')
    appendFileSync(bundle, '\0')
    expect((await run(['-b', bundle, '--cosign-key', key, '-p', '0'])).code).toBe(1)
  })

  function signedPrivate() {
    return signed().pair.privateKey.export({ type: 'pkcs8', format: 'pem' })
  }
})

describeWith([curl, openssl], 'signatures by openssl', () => {
  test.each([
    ['ECDSA', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout']],
    ['RSA', ['genpkey', '-algorithm', 'RSA']],
  ])('%s', async (_, generate) => {
    const folder = mkdtempSync(join(tempFolder, 'openssl-'))
    const bundle = join(folder, 'b.tar')
    writeFileSync(bundle, bytes)
    const script = `cd ${folder} && openssl ${generate.join(' ')} -out key.pem && openssl pkey -in key.pem -pubout -out cosign.pub && openssl dgst -sha256 -sign key.pem -out der b.tar && base64 -w0 der > b.tar.sig`
    expect(runs(['sh', '-c', script])).toMatchObject({ code: 0 })
    const registry = await start(['-b', bundle, '--cosign-key', join(folder, 'cosign.pub')])
    await pull(registry, 'x', '1')
    appendFileSync(bundle, 'x')
    expect((await run(['-b', bundle, '--cosign-key', join(folder, 'cosign.pub')])).code).toBe(1)
  })
})

describeWith([openssl], 'certificate and key', () => {
  type Paths = Readonly<Record<'cert' | 'key' | 'otherCert' | 'rsaKey', string>>
  const cut = (path: string) => writeFileSync(path, readFileSync(path).subarray(0, -60))

  /** A registry's certificate and key, another certificate, and a key of another type, in a new folder. */
  function makePair(): Paths {
    const folder = mkdtempSync(join(tempFolder, 'tls-'))
    const at = (name: string) => join(folder, name)
    const paths = { cert: at('cert'), key: at('key'), otherCert: at('other'), rsaKey: at('rsa') }
    certify('first', paths.key, paths.cert)
    certify('second', at('second key'), paths.otherCert)
    writeFileSync(paths.rsaKey, rsa().privateKey.export({ type: 'pkcs8', format: 'pem' }))
    return paths
  }

  /** The name in the certificate that a registry shows. */
  function nameShownBy({ port }: Pick<Running, 'port'>): Promise<string> {
    return new Promise((done, fail) => {
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
        done(`${socket.getPeerCertificate().subject.CN}`)
        socket.destroy()
      })
      socket.once('error', fail)
    })
  }

  const badKey = ({ cert, key }: Paths) => `${key} is not a readable key of ${cert} in PEM form: `
  const badCertificate = ({ cert }: Paths) => `${cert} is not a readable certificate in PEM form: `
  test.each<readonly [string, (paths: Paths) => void, (paths: Paths) => string]>([
    [
      'a new certificate without its key',
      ({ cert, otherCert }) => copyFileSync(otherCert, cert),
      paths => `${badKey(paths)}it is another key`,
    ],
    [
      'a key of another type',
      ({ key, rsaKey }) => copyFileSync(rsaKey, key),
      paths => `${badKey(paths)}it is another key`,
    ],
    ['a missing key', ({ key }) => rmSync(key), paths => `${badKey(paths)}ENOENT: `],
    ['an empty key', ({ key }) => writeFileSync(key, ''), badKey],
    ['a half-written key', ({ key }) => cut(key), badKey],
    [
      'a missing certificate',
      ({ cert }) => rmSync(cert),
      paths => `${badCertificate(paths)}ENOENT: `,
    ],
    ['an empty certificate', ({ cert }) => writeFileSync(cert, ''), badCertificate],
    ['a half-written certificate', ({ cert }) => cut(cert), badCertificate],
    [
      'a half-written chain',
      ({ cert, otherCert }) => {
        appendFileSync(cert, readFileSync(otherCert))
        cut(cert)
      },
      badCertificate,
    ],
    [
      'a folder instead of the certificate',
      ({ cert }) => {
        rmSync(cert)
        mkdirSync(cert)
      },
      paths => `${badCertificate(paths)}EISDIR: `,
    ],
  ])('%s: one line at the start, and the former pair at SIGHUP', async (_, spoil, messageFor) => {
    const paths = makePair()
    const bundle = writeTree(mkdtempSync(join(tempFolder, 'tls-bundle-')), tree)
    const flags = ['-b', bundle, '--tls-cert', paths.cert, '--tls-key', paths.key]
    const registry = await start(flags)
    spoil(paths)
    writeTree(bundle, layout([named(app, 'other:1')]))
    registry.process.kill('SIGHUP')
    const failed = `warning: reload failed: ${messageFor(paths)}`
    await logs(registry, failed)
    expect(await nameShownBy(registry)).toBe('first')
    const { code, stderr } = await run([...flags, '-p', '0'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^.*\n$/)
    expect(stderr).toContain(`registry: ${messageFor(paths)}`)
  })

  test('are read again at SIGHUP', async () => {
    const { cert, key } = makePair()
    const bundle = writeTree(mkdtempSync(join(tempFolder, 'tls-bundle-')), tree)
    const registry = await start(['-b', bundle, '--tls-cert', cert, '--tls-key', key])
    expect(await nameShownBy(registry)).toBe('first')
    certify('second', key, cert)
    registry.process.kill('SIGHUP')
    await logs(registry, 'reloaded')
    expect(await nameShownBy(registry)).toBe('second')
    await expect(get(registry, '/v2/')).rejects.toThrow()
  })
})

describeWith([curl, openssl], 'TLS connections without a handshake', () => {
  test('are limited like other connections', async () => {
    const folder = mkdtempSync(join(tempFolder, 'bare-'))
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
    certify('x', key, cert)
    const bundle = writeTree(join(folder, 'bundle'), tree)
    const registry = await start(['-b', bundle, '--tls-cert', cert, '--tls-key', key])
    const sockets = Array.from({ length: 1000 }, () =>
      connect({ port: registry.port, host: '127.0.0.1', localAddress: '127.0.0.2' }).on(
        'error',
        () => {},
      ),
    )
    // Each connection beyond the limit closes another connection.
    await until(
      'most connections are closed',
      () => sockets.filter(({ destroyed }) => destroyed).length >= 700,
    )
    expect(readdirSync(`/proc/${registry.process.pid}/fd`).length).toBeLessThan(400)
    const url = `https://127.0.0.1:${registry.port}/healthz`
    expect(runs(['curl', '-ks', url]).stdout).toBe('ok\n')
    for (const socket of sockets) socket.destroy()
  })
})

describe('users', () => {
  const b64 = (value: Buffer | string) => Buffer.from(value).toString('base64')
  const sum = (algorithm: string, ...parts: (string | Buffer)[]) => {
    const hash = createHash(algorithm)
    for (const part of parts) hash.update(part)
    return hash.digest()
  }
  const salt = randomBytes(12)
  const users = [
    `a:{SHA}${b64(sum('sha1', 'secret'))}`,
    `b:{SSHA}${b64(Buffer.concat([sum('sha1', 'secret', salt), salt]))}`,
    `c:{SHA256}${b64(sum('sha256', 'secret'))}`,
    `d:{SSHA256}${b64(Buffer.concat([sum('sha256', 'secret', salt), salt]))}`,
    `e:{SCRYPT}${b64(Buffer.concat([scryptSync('secret', salt, 32), salt]))}`,
  ]

  test('with the right password are accepted, all others are not', async () => {
    const file = join(tempFolder, 'users')
    writeFileSync(file, `${users.join('\n')}\n\n`)
    const bundle = writeTree(join(tempFolder, 'users-bundle'), tree)
    const registry = await start(['-b', bundle, '--auth-file', file])
    const getAs = async (path: string, Authorization?: string) =>
      get(registry, path, Authorization === undefined ? {} : { Authorization })
    for (const user of 'abcde') {
      for (let i = 0; i < 2; i++) {
        expect((await getAs('/v2/', `Basic ${b64(`${user}:secret`)}`)).status).toBe(200)
        expect((await getAs('/v2/', `Basic ${b64(`${user}:Secret`)}`)).status).toBe(401)
      }
    }
    for (const header of [
      undefined,
      '',
      'Basic',
      'Basic !',
      `Bearer ${b64('a:secret')}`,
      `Basic ${b64('f:secret')}`,
      `Basic ${b64('a')}`,
      `Basic ${b64('__proto__:x')}`,
    ]) {
      const { status, headers, body } = await getAs('/v2/x/manifests/1', header)
      expect([status, headers['www-authenticate']]).toEqual([401, 'Basic realm="registry"'])
      expect(`${body}`).toContain('UNAUTHORIZED')
    }
    expect((await getAs('/metrics')).status).toBe(401)
    expect((await getAs('/healthz')).status).toBe(200)
  })

  test('are read again at SIGHUP; a file without users keeps the former users', async () => {
    const file = join(tempFolder, 'users-reload')
    writeFileSync(file, `${users[0]}\n`)
    const bundle = writeTree(mkdtempSync(join(tempFolder, 'users-bundle-')), tree)
    const registry = await start(['-b', bundle, '--auth-file', file])
    const statusOf = async (user: string) =>
      (await get(registry, '/v2/', { Authorization: `Basic ${b64(`${user}:secret`)}` })).status
    writeFileSync(file, '')
    registry.process.kill('SIGHUP')
    const problem = `${file} is not a readable file of users: it is empty`
    await logs(registry, `reload failed: ${problem}`)
    expect([await statusOf('a'), await statusOf('b')]).toEqual([200, 401])
    writeFileSync(file, `${users[1]}\n`)
    registry.process.kill('SIGHUP')
    await logs(registry, 'reloaded')
    expect([await statusOf('a'), await statusOf('b')]).toEqual([401, 200])
  })

  test('password guesses do not slow a download', async () => {
    const file = join(tempFolder, 'users-scrypt')
    writeFileSync(file, `${users[4]}\n`)
    const { digest, size, bytes } = content(randomBytes(60_000_000), 'application/x')
    const folder = writeTree(
      join(tempFolder, 'guess'),
      layout([named(app, 'x:1')]).set(blobPath(digest), bytes),
    )
    const registry = await start(['-b', folder, '--auth-file', file])
    let guesses = 0
    let isDone = false
    const guess = async () => {
      while (!isDone) {
        await get(registry, '/v2/', { Authorization: `Basic ${b64(`e:${guesses++}`)}` })
      }
    }
    const guessers = Array.from({ length: 20 }, guess)
    const Authorization = `Basic ${b64('e:secret')}`
    const { status, body } = await get(registry, `/v2/x/blobs/${digest}`, { Authorization })
    isDone = true
    expect([status, body.length]).toEqual([200, size])
    await Promise.all(guessers)
  }, 20_000)

  test.each([
    'a:$2y$05$abcdefghijklmnopqrstuv',
    'a:$apr1$x$y',
    'a:plain',
    'nonsense',
    'a:{MD5}x',
    'a:{CRYPT}$6$x',
  ])('%s is refused with its line number and without its secret', async line => {
    const file = join(tempFolder, 'users-bad')
    writeFileSync(file, `${users[0]}\n\n${line}\n`)
    const { code, stderr } = await run(['-b', tempFolder, '--auth-file', file, '-p', '0'])
    expect(code).toBe(1)
    const problem = `${file} is not a readable file of users: line 3 has an unsupported form`
    expect(stderr).toContain(
      `registry: ${problem}; use NAME:{SHA|SSHA|SHA256|SSHA256|SCRYPT}HASH\n`,
    )
    expect(stderr).not.toContain(line)
  })
})
