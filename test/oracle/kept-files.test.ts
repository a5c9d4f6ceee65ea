/**
 * Files that the configuration tools change after they have written them, on a machine whose own
 * settings make them do so: the manifest of the node still describes its files.
 */
import { expect, it } from 'vitest'
import { aPlan, aPlanFile, aSpec } from '../lib/builders.ts'
import { plansOf, sourceOf } from '../lib/cases.ts'
import { applyCloudInit, cloudInit } from '../lib/cloud-init-box.ts'
import { applyIgnition, ignition } from '../lib/ignition-box.ts'
import { describeWith } from '../lib/judge.ts'
import { artifactOf, rendered } from '../lib/rendered.ts'
import type { NodePlan } from '../lib/stages.ts'

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK0wmN/Cr3JXqmLW7u+g9pTh+wyqDHpSQEIQczXkVx9q'
const contents: Readonly<Record<string, string>> = {
  '/etc/hosts': '127.0.0.1 localhost\n192.168.1.10 registry.site\n',
  '/etc/apt/sources.list': 'deb http://192.168.1.10/debian bookworm main\n',
  '/etc/apt/sources.list.d/debian.sources': 'Types: deb\nURIs: http://192.168.1.10/debian\n',
  '/etc/ssh/ssh_host_ed25519_key': 'the key of w1\n',
  '/etc/ssh/ssh_host_ed25519_key.pub': 'ssh-ed25519 AAAA w1\n',
  '/etc/ssh/sshd_config': 'PermitRootLogin no\n',
  '/etc/sudoers': 'root ALL=(ALL:ALL) ALL\n',
  '/root/.ssh/authorized_keys': `${key} site\n`,
  '/home/debian/.profile': 'umask 077\n',
}

function planWith(paths: readonly string[]): NodePlan {
  const files = paths.map(path => `{path: ${path}, content: ${JSON.stringify(contents[path])}}`)
  const text = aSpec({ nodes: [`{name: w1, role: worker, files: [${files.join(', ')}]}`] })
  return plansOf(sourceOf(text), '/')[0] as NodePlan
}

// The modules of Debian and Ubuntu that write files without settings in user-data.
const machine = `
manage_etc_hosts: true
ssh_deletekeys: true
ssh_pwauth: false
users: [default]
apt: {preserve_sources_list: false}
system_info: {default_user: {name: debian, sudo: ["ALL=(ALL) NOPASSWD:ALL"]}}
cloud_init_modules: [write_files, set_hostname, update_etc_hosts, users_groups, ssh]
cloud_config_modules: [set_passwords, apt_configure, runcmd]
`

describeWith([cloudInit], 'cloud-init on a machine with settings of its own', () => {
  it('leaves every file of the manifest as the spec has it', async () => {
    const plan = planWith(Object.keys(contents))
    const applied = await applyCloudInit(artifactOf(plan).bytes, {
      config: machine,
      metaData: `instance-id: iid-1\nlocal-hostname: w1\npublic-keys: ["${key} of-the-cloud"]\n`,
      setup: [
        { path: '/etc/cloud/templates/hosts.debian.tmpl', content: '127.0.1.1 {{fqdn}}\n' },
        {
          path: '/etc/cloud/templates/sources.list.debian.tmpl',
          content: 'deb {{mirror}} {{codename}} main\n',
        },
        {
          path: '/var/lib/cloud/scripts/per-boot/check',
          content:
            "#!/bin/sh\nexec >/checked 2>&1\nsed '$d' /etc/gen-node/manifest.sha256 | sha256sum -c --quiet\nstat -c %U /home/debian\n",
          mode: 0o755,
        },
      ],
    })
    const checked = applied.entries.find(({ path }) => path === '/checked')
    expect(checked?.kind === 'file' && Buffer.from(checked.content).toString()).toBe('debian\n')
    expect(applied.warnings).toEqual([])
  })
})

describeWith([ignition], 'Ignition', () => {
  it('appends to its preset, so that a plan cannot contain the file', async () => {
    const path = '/etc/systemd/system-preset/20-ignition.preset'
    const file = { path, contents: { source: 'data:,disable%20x.service%0A' } }
    const unit = { name: 'y.service', enabled: true, contents: '[Install]\nWantedBy=a.target\n' }
    const config = {
      ignition: { version: '3.3.0' },
      storage: { files: [file] },
      systemd: { units: [unit] },
    }
    const applied = await applyIgnition(new Uint8Array(Buffer.from(JSON.stringify(config))))
    expect(applied).toMatchObject({ code: 0, enabled: ['y.service'] })
    expect(applied.preset).toBe('disable x.service\nenable y.service\n')
    const refused = rendered(aPlan({ files: [aPlanFile(path)] }), { format: 'ignition' })
    expect(refused.diagnostics.map(({ rule }) => rule)).toEqual(['emit/cannot-carry'])
  })
})
