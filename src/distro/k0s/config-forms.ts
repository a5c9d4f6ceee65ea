/** Fields that occur at several places of a ClusterConfig, and the grammars of its texts. */
import { isIpv4, isIpv6 } from '../../codec/address.ts'
import {
  choice,
  integer,
  listOf,
  mapOf,
  mapping,
  matching,
  nonEmptyText,
  text,
  textOf,
} from '../parts/config-field.ts'

/** A port of TCP or UDP. */
export const port = integer(1, 65_535)

/** A number of 32 bits with a sign. */
export const int32 = integer(-(2 ** 31), 2 ** 31 - 1)

/** Arguments by their names without dashes. */
export const extraArgs = mapOf(text)

/** Arguments as they are. */
export const rawArgs = listOf(text)

/** A duration as Go's time.ParseDuration reads it. */
export const duration = textOf(
  matching(
    'a duration such as "90s" or "8760h" (units: h, m, s, ms)',
    /^[+-]?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)$/,
  ),
)

const isIp = (value: string) => isIpv4(value) || isIpv6(value)
const isUnspecified = (value: string) => /^(?:0\.0\.0\.0|[0:]+)$/.test(value)
// The grammar of host names in govalidator, which k0s uses: an underscore and a dot at the end are valid.
const isName = (value: string) =>
  /^[a-z0-9_][a-z0-9_-]{0,62}(?:\.[a-z0-9_][a-z0-9_-]{0,62})*\.?$/i.test(value)

/** An IP address. */
export const ipAddress = textOf({ title: 'an IP address', isValid: isIp }, 1)

/** The address that the API server is reached at; empty stands for the first address of the machine. */
export const usableAddress = textOf({
  title: 'an IP address of the controller (put host names into sans)',
  isValid: value => value === '' || (isIp(value) && !isUnspecified(value)),
})

const addressTitle = 'an IP address or a host name, without scheme or port'

/** The address of a load balancer; empty stands for none. */
export const externalAddress = textOf({
  title: addressTitle,
  isValid: value => value === '' || (!isUnspecified(value) && (isIp(value) || isName(value))),
})

/** A name or address in a certificate. */
export const certificateName = textOf({
  title: addressTitle,
  isValid: value => isIp(value) || isName(value),
})

/** A DNS name. */
export const dnsName = textOf({ title: 'a DNS name', isValid: isName })

/** A range of addresses. */
export const cidr = textOf({
  title: 'a range of addresses such as "10.244.0.0/16"',
  isValid: value => {
    const [, address = '', bits = ''] = /^([^/]+)\/([0-9]{1,3})$/.exec(value) ?? []
    if (isIpv4(address)) return Number(bits) <= 32
    return isIpv6(address) && Number(bits) <= 128
  },
})

// helm's chartutil.ValidateReleaseName; the pattern of the definition has no anchors.
/** The name of a helm release. */
export const chartName = textOf(
  matching(
    'a release name of lower-case letters, digits, dots and dashes',
    /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/,
  ),
  1,
  53,
)

// It becomes a label value: WorkerProfile.Validate at v1.36.
/** The name of a worker profile. */
export const profileName = textOf(
  matching(
    'a name of lower-case letters, digits and dashes (63 at most)',
    /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
  ),
)

/** An image: k0s fills in a missing name or version. */
export const image = mapping({
  image: nonEmptyText,
  version: textOf(
    matching(
      'a tag, with or without a digest',
      /^\w[\w.-]{0,127}(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,})?$/,
    ),
  ),
})

/** Patches of resources that k0s generates. */
export const patches = listOf(
  mapping(
    {
      patch: mapping({ content: text, type: choice('JSON', 'StrategicMergePatch', 'MergePatch') }, [
        'content',
        'type',
      ]),
      target: mapping({ kind: nonEmptyText, name: nonEmptyText, namespace: text }, [
        'kind',
        'name',
      ]),
    },
    ['patch', 'target'],
  ),
)
