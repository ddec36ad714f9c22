import {createCipheriv, hkdfSync} from 'node:crypto'
import {expect, test} from 'vitest'
import {openLastGood, sealLastGood} from '../../src/formats/last-good.ts'

const of = {server: 'https://postern.example', only: ['A*'], scopes: null}
const token = 'postern_workload_sample'

test('opens what it sealed, for the same token, server and filters alone', () => {
  const text = sealLastGood(Buffer.from('plain'), token, of)
  expect(text).toMatch(/^postern-last-good-1 [A-Za-z0-9+/]+=*\n$/)
  expect(openLastGood(text, token, of)?.toString()).toBe('plain')
  expect(openLastGood(text, `${token}x`, of)).toBeNull()
  for (const other of [
    {...of, server: 'https://other.example'},
    {...of, only: null},
    {...of, scopes: ['a']},
  ])
    expect(openLastGood(text, token, other)).toBeNull()
})

test.each([
  ['nothing', () => ''],
  ['another format', (text: string) => text.replace('-1 ', '-2 ')],
  ['what is cut', (text: string) => text.slice(0, 60)],
  ['what was changed', (text: string) => text.replace(/.(?=.{8}\n)/, (c) => (c === 'A' ? 'B' : 'A'))],
])('does not open %s', (_, change) => {
  expect(openLastGood(change(sealLastGood(Buffer.from('plain'), token, of)), token, of)).toBeNull()
})

test('opens what docs/formats/last-good.md says, made without it', () => {
  const [salt, nonce] = [Buffer.alloc(16, 1), Buffer.alloc(12, 2)]
  const key = new Uint8Array(hkdfSync('sha256', token, salt, 'postern last good', 32))
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from('["postern-last-good-1 ","https://postern.example",["A*"],null]'))
  const sealed = Buffer.concat([salt, nonce, cipher.update('plain'), cipher.final(), cipher.getAuthTag()])
  expect(openLastGood(`postern-last-good-1 ${sealed.toString('base64')}`, token, of)?.toString()).toBe('plain')
})
