import {describe, expect, test} from 'vitest'
import {isLoopback, localUrl, parseAddress} from '../../src/server/listen.ts'

describe('addresses to listen on', () => {
  test.each([
    ['127.0.0.1:8443', {host: '127.0.0.1', port: 8443}, true, 'https://127.0.0.1:8443'],
    ['localhost:8443', {host: '127.0.0.1', port: 8443}, true, 'https://127.0.0.1:8443'],
    ['127.0.0.2:443', {host: '127.0.0.2', port: 443}, true, 'https://127.0.0.2'],
    ['[::1]:8443', {host: '::1', port: 8443}, true, 'https://[::1]:8443'],
    ['[::]:8443', {host: '::', port: 8443}, false, 'https://localhost:8443'],
    ['0.0.0.0:8443', {host: '0.0.0.0', port: 8443}, false, 'https://localhost:8443'],
    ['db.internal:8443', {host: 'db.internal', port: 8443}, false, 'https://db.internal:8443'],
  ])('%s', (text, address, loopback, url) => {
    expect(parseAddress(text)).toEqual(address)
    expect(isLoopback(address)).toBe(loopback)
    expect(localUrl(address)).toBe(url)
  })

  test.each([
    '',
    '8443',
    ':8443',
    '127.0.0.1',
    '::1:8443',
    '[::1]',
    '[zz]:1',
    'a:b',
    '127.0.0.1:65536',
    'a b:1',
    'https://a:1',
  ])('refuses %j', (text) => expect(parseAddress(text)).toBeNull())
})
