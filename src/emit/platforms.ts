/** The user-data that each platform accepts: one row per platform, each with its source. */

/** The formats that platforms accept as user-data, so that the limits of platforms apply. */
export type UserDataFormat = 'cloud-init' | 'ignition'

/** The form in which compressed user-data is accepted; null where it is not. */
export type Compression = 'gzip' | 'gzip+base64' | null

/** One platform's limits. */
export interface Platform {
  readonly name: string
  /** The maximum; null where there is no practical limit. */
  readonly maxBytes: number | null
  /** What is counted: the bytes themselves, or their Base64. */
  readonly counts: 'raw' | 'base64'
  /** Ignition decompresses whole configs on two platforms only. */
  readonly compression: Readonly<Record<UserDataFormat, Compression>>
  /** A setting beside the user-data that compressed data needs; null where none is needed. */
  readonly needs: string | null
  /** How the platform takes larger user-data; null where it does not. */
  readonly larger: string | null
}

function row(
  name: string,
  maxBytes: number | null,
  counts: Platform['counts'],
  cloudInit: Compression,
  ignition: Compression,
  needs: string | null = null,
  larger: string | null = null,
): Platform {
  const compression = { 'cloud-init': cloudInit, ignition }
  return { name, maxBytes, counts, compression, needs, larger }
}

/** The platforms, by name. */
export const platformTable: readonly Platform[] = [
  // https://github.com/coreos/ignition internal/providers/akamai/akamai.go (TryUnzip, >= 2.20);
  // https://github.com/linode/cluster-api-provider-linode/pull/586: 65535 bytes before encoding.
  row('akamai', 65_535, 'raw', 'gzip', 'gzip'),
  // Alibaba Cloud ECS RunInstances, UserData: at most 64 KB before Base64.
  row('alibaba', 65_536, 'raw', 'gzip', null),
  // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
  row('aws', 16_384, 'raw', 'gzip', null),
  // https://learn.microsoft.com/azure/virtual-machines/custom-data: 64 KB, counted after Base64.
  row('azure', 65_536, 'base64', 'gzip', null),
  // https://github.com/kubernetes-sigs/cluster-api-provider-cloudstack/issues/12: 32 KB of Base64.
  row('cloudstack', 32_768, 'base64', 'gzip', null),
  // https://github.com/digitalocean/api-v2/issues/147: 64 KiB "must be plain text".
  row('digitalocean', 65_536, 'raw', null, null),
  // https://github.com/exoscale/cli/issues/168: fewer than 32768 characters of Base64.
  row('exoscale', 32_767, 'base64', 'gzip', null),
  // https://cloud.google.com/compute/docs/metadata/setting-custom-metadata: 256 KB per text value;
  // cloud-init DataSourceGCE.py decodes Base64 where user-data-encoding is base64.
  row('gcp', 262_144, 'raw', 'gzip+base64', null, 'user-data-encoding=base64'),
  // https://github.com/hetznercloud/terraform-provider-hcloud/pull/1499: text of at most 32768;
  // cloud-init DataSourceHetzner.py: maybe_b64decode.
  row('hetzner', 32_768, 'raw', 'gzip+base64', null),
  // https://github.com/kubevirt/kubevirt/pull/2559: 2048 bytes of inline userData. A Secret that
  // userDataSecretRef names has no limit but its own: https://kubevirt.io/user-guide/user_workloads/startup_scripts/
  row('kubevirt', 2_048, 'raw', null, null, null, 'a Secret that userDataSecretRef names (1 MiB)'),
  // Files on media are not limited: cloud-init doc/rtd/reference/datasources/nocloud.rst.
  row('libvirt', null, 'raw', 'gzip', null),
  row('nocloud', null, 'raw', 'gzip', null),
  // https://github.com/openstack/nova nova/api/openstack/compute/schemas/servers.py: maxLength
  // 65535 of Base64.
  row('openstack', 65_535, 'base64', 'gzip', null),
  // https://github.com/jitsi/infra-provisioning/pull/1147: 32000 for all metadata, Base64 included.
  row('oracle', 32_000, 'base64', 'gzip', null),
  // Files on media are not limited: https://pve.proxmox.com/wiki/Cloud-Init_Support (cicustom).
  row('proxmox', null, 'raw', 'gzip', null),
  // https://github.com/vmware/open-vm-tools lib/include/guest_msg_def.h GUESTMSG_MAX_IN_SIZE, of the
  // encoded value; https://coreos.github.io/ignition/supported-platforms/.
  row('vsphere', 65_536, 'base64', 'gzip+base64', 'gzip+base64', 'guestinfo encoding gzip+base64'),
]

/** The names of the platforms. */
export const platformNames: readonly string[] = platformTable.map(platform => platform.name)

/** The platform of a name, or null. */
export function platformOf(name: string): Platform | null {
  return platformTable.find(platform => platform.name === name) ?? null
}
