import {describe, expect, test} from 'vitest'
import {isLoopback} from '../../src/client/loopback.ts'
import {isExcepted, proxyUrlFor} from '../../src/client/proxy.ts'

describe('NO_PROXY', () => {
  test.each([
    ['https://a.example', '', false],
    ['https://a.example', '*', true],
    ['https://a.example', 'a.example', true],
    ['https://a.example', 'A.Example', true],
    ['https://x.a.example', 'a.example', true],
    ['https://x.a.example', '.a.example', true],
    ['https://xa.example', 'a.example', false],
    ['https://a.example:8443', 'a.example:8443', true],
    ['https://a.example', 'a.example:8443', false],
    ['https://a.example', 'b.example, a.example', true],
    ['https://[fd00::1]', 'fd00::1', true],
    ['https://[fd00::1]:8443', '[fd00::1]:8443', true],
    ['https://[fd00::1]', '[fd00::1]:8443', false],
    ['https://[fd00::1]', 'fd00::/8', true],
    ['https://[fe80::1]', 'fd00::/8', false],
    ['https://10.1.2.3', '10.0.0.0/8', true],
    ['https://11.1.2.3', '10.0.0.0/8', false],
    ['https://10.1.2.3', '10.0.0.0/33', false],
    ['https://a.example', '10.0.0.0/8', false],
    ['https://10.1.2.3', '2.3', false],
    ['https://a.example', ' , ,', false],
    ['https://a.example', '.', false],
    ['https://x.a.example', '*.a.example', true],
  ])('%s with %j: %s', (url, list, excepted) => {
    expect(isExcepted(new URL(url), list)).toBe(excepted)
  })
})

describe('HTTPS_PROXY', () => {
  const through = (proxy: string) => proxyUrlFor(new URL('https://a.example'), {HTTPS_PROXY: proxy})

  test.each(['http://u:p%25ss@proxy.example:3128', 'proxy.example:3128'])('%s is used', (proxy) => {
    expect(through(proxy)?.host).toBe('proxy.example:3128')
  })

  test.each(['http://u:pa%ss@proxy.example', 'http://%zz:p@proxy.example', 'ftp://proxy.example', 'http://'])(
    '%s is no proxy, and the error does not repeat it',
    (proxy) => {
      expect(() => through(proxy)).toThrow(/^HTTPS_PROXY does not name a proxy/)
    },
  )
})

describe('loopback', () => {
  test.each([
    ['localhost', true],
    ['127.0.0.1', true],
    ['127.1.2.3', true],
    ['[::1]', true],
    ['localhost.example', false],
    ['127.0.0.1.example', false],
    ['10.0.0.1', false],
  ])('%s: %s', (host, is) => expect(isLoopback(host)).toBe(is))
})
