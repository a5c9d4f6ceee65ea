/** How many bytes of user-data each platform takes, one row each, each with its source. */

/** One platform's limits and manners. */
export interface Platform {
  readonly name: string
  /** The most it takes, or null where nothing practical limits it. */
  readonly bytes: number | null
  /** What it counts: the bytes as they are, or the Base64 in which they are handed over. */
  readonly counts: 'raw' | 'base64'
  /** How compressed user-data is handed over for cloud-init; null where it is not taken. */
  readonly cloudInit: 'gzip' | 'gzip+base64' | null
  /** The same for Ignition, which decompresses whole configs on two platforms only. */
  readonly ignition: 'gzip' | 'gzip+base64' | null
  /** A setting beside the user-data without which compressed data is not understood. */
  readonly needs: string | null
}

function row(
  name: string,
  bytes: number | null,
  counts: Platform['counts'],
  cloudInit: Platform['cloudInit'],
  ignition: Platform['ignition'],
  needs: string | null = null,
): Platform {
  return { name, bytes, counts, cloudInit, ignition, needs }
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
  // https://github.com/exoscale/cli/issues/168: less than 32768 letters of Base64.
  row('exoscale', 32_767, 'base64', 'gzip', null),
  // https://cloud.google.com/compute/docs/metadata/setting-custom-metadata: 256 KB a value, text;
  // cloud-init DataSourceGCE.py decodes Base64 where user-data-encoding says so.
  row('gcp', 262_144, 'raw', 'gzip+base64', null, 'user-data-encoding=base64'),
  // https://github.com/hetznercloud/terraform-provider-hcloud/pull/1499: text of at most 32768;
  // cloud-init DataSourceHetzner.py: maybe_b64decode.
  row('hetzner', 32_768, 'raw', 'gzip+base64', null),
  // https://github.com/kubevirt/kubevirt/pull/2559: 2048 bytes of inline userData.
  row('kubevirt', 2_048, 'raw', null, null),
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
  // value as it is encoded; https://coreos.github.io/ignition/supported-platforms/.
  row('vsphere', 65_536, 'base64', 'gzip+base64', 'gzip+base64', 'guestinfo encoding gzip+base64'),
]

/** The platform of a name. */
export function platformOf(name: string): Platform | null {
  return platformTable.find(platform => platform.name === name) ?? null
}
