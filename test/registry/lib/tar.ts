/** An entry of a tar for a test, with any false header that the test needs. */
export interface Entry {
  readonly path: string
  readonly content?: Buffer
  readonly type?: string
  readonly link?: string
  /** The size field of the header; the true size by default. */
  readonly size?: string | Buffer
  readonly pax?: Readonly<Record<string, string>>
  readonly gnuName?: boolean
}

/** Writes a tar without a library, so that the reader is tested against independent code. */
export function tar(entries: readonly Entry[]): Buffer {
  return Buffer.concat([...entries.map(entry), Buffer.alloc(1024)])
}

function entry({ path, content = Buffer.alloc(0), type = '0', link = '', ...more }: Entry): Buffer {
  const before: Buffer[] = []
  const pax = { ...more.pax }
  if (more.gnuName)
    before.push(member('././@LongLink', Buffer.from(`${path}\0`), 'L', '', undefined))
  else if (Buffer.byteLength(path) > 100) pax.path = path
  if (Object.keys(pax).length) {
    const records = Object.entries(pax).map(([key, value]) => record(key, value))
    before.push(member('PaxHeaders/x', Buffer.from(records.join('')), 'x', '', undefined))
  }
  return Buffer.concat([...before, member(path.slice(0, 100), content, type, link, more.size)])
}

function member(
  name: string,
  content: Buffer,
  type: string,
  link: string,
  size: string | Buffer | undefined,
): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0, 100)
  header.write('0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  const stated = size ?? `${content.length.toString(8).padStart(11, '0')}\0`
  if (typeof stated === 'string') header.write(stated, 124, 12)
  else stated.copy(header, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write(type, 156)
  header.write(link, 157, 100)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}

function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  let length = Buffer.byteLength(rest)
  while (Buffer.byteLength(`${length}${rest}`) !== length) {
    length = Buffer.byteLength(`${length}${rest}`)
  }
  return `${length}${rest}`
}

/** A size in base-256, as GNU tar writes sizes that do not fit into octal digits. */
export function base256(size: bigint): Buffer {
  const field = Buffer.alloc(12)
  field.writeBigUInt64BE(BigInt.asUintN(64, size), 4)
  field[0] = 0x80
  return field
}
