/** Builders of test input: a test sets the fields that it is about, all others have defaults. */
import type { Certificate, X509 } from '../../src/model/x509.ts'
import type { NodePlan, PlanFile } from '../../src/plan/plan.ts'

/** Top-level fields of a spec as YAML in flow form: a list gives the items of a sequence, null omits the field. */
export type SpecFields = Readonly<Record<string, string | readonly string[] | null>>

/** The text of a spec: by default of one worker whose bootstrap node is 10.0.0.1. */
export function aSpec(fields: SpecFields = {}): string {
  const all = { bootstrap: '10.0.0.1', nodes: ['{name: w1, role: worker}'], ...fields }
  const lines = Object.entries(all).flatMap(([name, value]) => {
    if (value === null) return []
    return [`${name}: ${typeof value === 'string' ? value : `[${value.join(', ')}]`}\n`]
  })
  return `apiVersion: gen-node/v1\n${lines.join('')}`
}

/** The plan of node w1: by default without any item. */
export function aPlan(items: Partial<NodePlan> = {}): NodePlan {
  return { name: 'w1', files: [], directories: [], links: [], users: [], units: [], ...items }
}

/** A file of a plan: by default an empty file of root with mode 0644, which belongs to one machine. */
export function aPlanFile(path: string, fields: Partial<PlanFile> = {}): PlanFile {
  return {
    path,
    content: new Uint8Array(),
    mode: 0o644,
    owner: 'root:root',
    secret: false,
    shared: false,
    layer: 'instance',
    from: [],
    ...fields,
  }
}

const day = 24 * 3600
const instant = (seconds: number) => ({ seconds, text: `second ${seconds}` })

/** A certificate of a CA: by default valid from second 0 for 100 days, for no address. */
export function aCertificate(fields: Partial<Certificate> = {}): Certificate {
  return {
    ...{ pem: '', fingerprint: 'AA', subject: 'CN=site', issuer: 'CN=site', version: 3 },
    ...{ dnsNames: [], ipAddresses: [], validFrom: instant(0), validTo: instant(100 * day) },
    ...{ ca: true, usages: [], key: { type: 'ed25519', bits: null, curve: null } },
    ...{ publicKey: 'A', weakHash: null },
    ...fields,
  }
}

/** Every certificate has these fields; every key belongs to it. */
export function x509Of(fields: Partial<Certificate> = {}, now = 50 * day): X509 {
  return {
    now,
    parseCertificate: () => aCertificate(fields),
    isPrivateKey: () => true,
    parsePublicKey: () => ({ type: 'ec', bits: null, curve: 'prime256v1' }),
    isSignedBy: () => true,
    isKeyOf: () => true,
  }
}
