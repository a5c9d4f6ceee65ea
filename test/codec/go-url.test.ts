import { expect, it } from 'vitest'
import { parseGoUrl } from '../../src/codec/go-url.ts'

it.each([
  [
    'HTTPS://me:pw@x.example:80/a%20b?c=d#e',
    { scheme: 'https', rest: '//me:pw@x.example:80/a%20b', query: 'c=d' },
  ],
  ['data:,a b', { scheme: 'data', rest: ',a b', query: '' }],
  ['http://[fe80::1%25eth0]:80/', { scheme: 'http', rest: '//[fe80::1%25eth0]:80/', query: '' }],
  ['a/b:c', { scheme: '', rest: 'a/b:c', query: '' }],
  ['', { scheme: '', rest: '', query: '' }],
])('%s is a URL', (text, url) => expect(parseGoUrl(text)).toEqual(url))

it.each([
  ':x',
  'http://x:port/',
  'http://[::1',
  'http://[1.2.3.4]/',
  'http://a b/',
  'http://x/%zz',
  'http://a%20b/',
  'http://m^e@x/',
  'http://x/#%zz',
  'http://x/\n',
  '1x:y',
])('%j is no URL', text => expect(parseGoUrl(text)).toBeNull())
