import { isIPv4, isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  authorityOf,
  canonicalAddress,
  hostPort,
  isAddress,
  isHostname,
  isIpv4,
  isIpv6,
  isReachable,
  isRegistryHost,
  isUrl,
} from '../../src/codec/address.ts'

/** Texts built of the parts of addresses: many are addresses, most are nearly addresses. */
const addressLike = fc
  .array(
    fc.constantFrom(
      '::',
      ':',
      '0',
      '1',
      'ffff',
      'abcd',
      '10.0.0.1',
      '.',
      '00001',
      '10',
      '256',
      '007',
    ),
    { minLength: 1, maxLength: 14 },
  )
  .map(parts => parts.join(''))

describe('isIpv4', () => {
  it.each(['10.0.0.1', '0.0.0.0', '255.255.255.255'])('accepts %s', text => {
    expect(isIpv4(text)).toBe(true)
  })
  it.each([
    '10.1',
    '010.0.0.1',
    '0x0a.0.0.1',
    '167772161',
    '10.0.0.256',
    '10.0.0.1.',
    '',
    ' 10.0.0.1',
  ])('refuses "%s"', text => expect(isIpv4(text)).toBe(false))
})

describe('isIpv6', () => {
  it.each([
    '::',
    '::1',
    'fd00::1',
    'FD00::1',
    '::ffff:10.0.0.1',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7::',
  ])('accepts %s', text => expect(isIpv6(text)).toBe(true))
  it.each([
    'fe80::1%eth0',
    '[::1]',
    ':::',
    '1::2::3',
    '00001::',
    '::ffff:010.0.0.1',
    '::ffff:10.1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '10.0.0.1',
    '',
  ])('refuses "%s"', text => expect(isIpv6(text)).toBe(false))
})

it('isIpv4 and isIpv6 agree with node:net', () => {
  fc.assert(
    fc.property(addressLike, text => {
      expect(isIpv4(text)).toBe(isIPv4(text))
      expect(isIpv6(text)).toBe(isIPv6(text))
    }),
    { numRuns: 3000 },
  )
})

describe('isReachable', () => {
  it.each([
    ...['10.0.0.1', '192.168.1.10', 'fd00::1', '::ffff:10.0.0.1', '2001:db8::1', '100.64.0.1'],
    ...['c1', 'localhost.site', 'c1.site.example'],
  ])('other machines can reach %s', text => expect(isReachable(text)).toBe(true))
  it.each([
    ...[
      '0.0.0.0',
      '::',
      '0:0::0',
      '127.0.0.1',
      '127.1.2.3',
      '::1',
      '::ffff:127.0.0.1',
      'Localhost',
    ],
    ...['169.254.1.1', 'fe80::1', '224.0.0.1', 'ff02::1', '255.255.255.255'],
  ])('other machines cannot reach %s', text => expect(isReachable(text)).toBe(false))
})

describe('canonicalAddress', () => {
  it.each([
    ['fd00::1', 'FD00:0:0::0001'],
    ['10.0.0.1', '::ffff:10.0.0.1'],
    ['10.0.0.1', '::ffff:a00:1'],
    ['::1:0:0:1', '0:0:0:0:1:0:0:1'],
    ['::a00:1', '::10.0.0.1'],
    ['node-1.site', 'Node-1.Site'],
  ])('%s equals %s', (a, b) => {
    expect(canonicalAddress(a)).toBe(canonicalAddress(b))
  })
  it.each([
    ['10.0.0.1', '::10.0.0.1'],
    ['10.0.0.1', '10.0.0.10'],
    ['10.1', '10.0.0.1'],
    ['010.0.0.1', '10.0.0.1'],
    ['fd00::1', 'fd00::1:0'],
  ])('%s differs from %s', (a, b) => {
    expect(canonicalAddress(a)).not.toBe(canonicalAddress(b))
  })
  it('gives every IPv6 address the form that it has in a URL', () => {
    fc.assert(
      fc.property(fc.ipV6(), text => {
        const form = canonicalAddress(text)
        const host = form.includes(':') ? `[${form}]` : `[::ffff:${form}]`
        expect(new URL(`http://${host}/`).hostname).toBe(new URL(`http://[${text}]/`).hostname)
      }),
    )
  })
})

describe('isHostname', () => {
  it.each(['quay.io', 'node-1', '1password.com', 'a'.repeat(63)])('accepts %s', text => {
    expect(isHostname(text)).toBe(true)
  })
  it.each(['', '-a', 'a-', 'a_b', 'a..b', 'a.', '10.0.0.256', 'a'.repeat(64), 'ü.de'])(
    'refuses "%s"',
    text => expect(isHostname(text)).toBe(false),
  )
})

it('isAddress accepts both families and host names', () => {
  expect(['10.0.0.1', 'fd00::1', 'node.site'].every(isAddress)).toBe(true)
  expect(['10.1', '10.0.0.1:80', '[fd00::1]', 'a b'].some(isAddress)).toBe(false)
})

describe('isRegistryHost', () => {
  it.each(['quay.io', 'quay.io:443', '10.0.0.1:5000', '[fd00::1]:5000', '[fd00::1]'])(
    'accepts %s',
    text => expect(isRegistryHost(text)).toBe(true),
  )
  it.each([
    'Quay.io',
    'quay.io:0',
    'quay.io:65536',
    'fd00::1',
    '[10.0.0.1]',
    '10.1:5000',
    'a/b',
    '',
  ])('refuses "%s"', text => expect(isRegistryHost(text)).toBe(false))
})

describe('isUrl', () => {
  it.each([
    'http://10.0.0.1:5000',
    'https://quay.io/v2/a',
    'https://Quay.io',
    'http://[fd00::1]:80/',
  ])('accepts %s', text => expect(isUrl(text)).toBe(true))
  it.each([
    'quay.io',
    'ftp://quay.io',
    'http://',
    'http://u:p@quay.io',
    'http://quay.io/?a',
    'http://a b',
  ])('refuses "%s"', text => expect(isUrl(text)).toBe(false))
})

it('hostPort puts IPv6 addresses in brackets', () => {
  expect(hostPort('10.0.0.1', 5000)).toBe('10.0.0.1:5000')
  expect(hostPort('fd00::1', 5000)).toBe('[fd00::1]:5000')
  expect(hostPort('node.site', 5000)).toBe('node.site:5000')
})

it('authorityOf gives host and port', () => {
  expect(authorityOf('https://quay.io:8443/v2/a')).toBe('quay.io:8443')
  expect(authorityOf('http://[fd00::1]')).toBe('[fd00::1]')
  expect(authorityOf('quay.io')).toBe('quay.io')
})
