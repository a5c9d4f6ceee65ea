/** Certificates of a spec on the command line: with the real clock, for the verbs that plan. */
import { expect, it } from 'vitest'
import { type Identity, issue, ofCa } from '../lib/certificates.ts'
import { describeWith, openssl } from '../lib/judge.ts'
import { folderWith, genNode } from './gen-node.ts'

const spec = `apiVersion: gen-node/v1
registry: {tls: {cert: {file: cert}, key: {file: key}}, ca: {file: ca}}
nodes:
  - {name: c1, role: controller, address: 192.168.1.10}
`

describeWith([openssl], 'a spec with certificates', () => {
  const ca = issue(null, { subject: '/CN=Site CA', extensions: ofCa })
  const extensions = ['subjectAltName=IP:192.168.1.10']
  const folderOf = ({ cert, key }: Identity) =>
    folderWith({ 'spec.yaml': spec, cert, key, ca: ca.cert })

  it('has no findings where its certificates are right', () => {
    const cwd = folderOf(issue(ca, { extensions }))
    expect(genNode(['check', 'spec.yaml', '--strict'], { cwd })).toMatchObject({
      code: 0,
      stderr: 'spec.yaml: no findings\n',
    })
  })

  it('has a warning where a certificate expires soon, with the same date in every time zone', () => {
    const cwd = folderOf(issue(ca, { extensions, days: 10 }))
    const inZone = (TZ: string) => genNode(['check', 'spec.yaml'], { cwd, env: { TZ } })
    expect(inZone('Asia/Tokyo')).toEqual(inZone('America/Los_Angeles'))
    expect(inZone('UTC').code).toBe(0)
    expect(inZone('UTC').stderr).toMatch(/expires on \d{4}-\d\d-\d\d \d\d:\d\d UTC\n/)
    expect(genNode(['check', 'spec.yaml', '--strict'], { cwd }).code).toBe(1)
  })

  it('is not rendered where a certificate is wrong', () => {
    const cwd = folderOf(issue(ca, { extensions: ['subjectAltName=IP:192.168.1.11'] }))
    for (const call of [['check', 'spec.yaml'], ['spec.yaml'], ['spec.yaml', '-o', 'out/']]) {
      const { code, stdout, stderr } = genNode([...call, '--report', 'json'], { cwd })
      expect(code).toBe(1)
      expect(JSON.parse(stdout === '' ? stderr : stdout)).toMatchObject([
        { rule: 'certificate/other-address', path: 'registry.tls.cert.file' },
      ])
    }
  })
})
