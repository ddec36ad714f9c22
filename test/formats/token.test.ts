import {describe, expect, test} from 'vitest'
import {isToken, newToken} from '../../src/formats/token.ts'

describe('a token', () => {
  test('is known by its prefix, length and checksum, and never the same twice', () => {
    const made = Array.from({length: 200}, newToken)
    for (const token of made) expect(token).toMatch(/^postern_[0-9A-Za-z]{49}$/)
    expect(made.every(isToken)).toBe(true)
    expect(new Set(made).size).toBe(200)
  })

  test('with one character changed is none', () => {
    const token = newToken()
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'x' ? 'y' : 'x'
      expect(isToken(token.slice(0, at) + other + token.slice(at + 1))).toBe(false)
    }
  })

  test.each(['', 'postern_', newToken().slice(0, -1), `${newToken()}0`, ` ${newToken()}`])('is not %j', (text) => {
    expect(isToken(text)).toBe(false)
  })
})
