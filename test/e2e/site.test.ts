/** Tests of the machines that other tests boot: they start, reach each other and reboot. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWith } from '../lib/judge.ts'
import { nodeMachines, openSite, type Site } from '../lib/nspawn.ts'

const bytes = (text: string) => new Uint8Array(Buffer.from(text))

describeWith(nodeMachines, 'nodes of a site', () => {
  let site: Site | undefined
  // The first run makes the base.
  beforeAll(async () => {
    site = await openSite()
  }, 600_000)
  afterAll(async () => {
    await site?.close()
  })

  const answering = (name: string) =>
    bytes(`#cloud-config
write_files:
  - path: /etc/systemd/system/web.service
    content: |
      [Service]
      ExecStart=/usr/bin/node -e 'require("http").createServer((q, r) => r.end("${name}")).listen(80)'
      [Install]
      WantedBy=multi-user.target
runcmd:
  - [systemctl, enable, --now, --no-block, web.service]
`)

  it('boot, finish cloud-init, reach each other, and start again after a reboot', async () => {
    const boot = (name: string, address: string) =>
      (site as Site).boot({
        name,
        address,
        userData: answering(name),
        extraFiles: [{ path: '/etc/extra', content: name, mode: 0o600 }],
      })
    const [first, second] = await Promise.all([
      boot('c1', '192.168.1.10/24'),
      boot('w1', '192.168.1.11/24'),
    ])
    for (const node of [first, second])
      expect((await node.cloudInit()).stdout).toContain('status: done')
    await second.waitFor('curl -fs http://192.168.1.10/')
    expect(await second.exec('cat /etc/extra /etc/hostname; stat -c %a /etc/extra')).toMatchObject({
      stdout: 'w1w1\n600\n',
    })
    // Each node has its own control group: a stop on the second does not affect the first.
    await second.exec('systemctl stop web.service')
    expect((await first.exec('systemctl is-active web.service')).stdout).toBe('active\n')
    const boots = async () =>
      (await first.exec('cat /proc/1/sched | head -1; stat -c %Y /proc/1')).stdout
    const before = await boots()
    await first.reboot()
    await first.waitFor('curl -fs http://127.0.0.1/')
    expect(await boots()).not.toBe(before)
    expect((await first.cloudInit()).stdout).toContain('status: done')
    await second.powerOff()
    expect((await site?.network.run(['curl', '-s', 'http://192.168.1.10/']))?.stdout).toBe('c1')
  }, 120_000)
})
