import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {decodeEnrolment, type Enrolment} from '../../src/formats/enrolment.ts'
import {onTerminal} from '../world/terminal.ts'
import {type World, world} from '../world/world.ts'

let w: World
let enrolment: Enrolment
beforeAll(async () => {
  w = await world()
  enrolment = decodeEnrolment(readFileSync(join(w.server.data, 'owner-enrolment'), 'utf8'))!
})
afterAll(() => w?.close())

const home = (name: string) => join(w.folder, name)
const settings = (name: string) => join(home(name), 'config/postern/profiles.json')
const question = /fingerprint that the server printed\?/

describe('login on a terminal', () => {
  test('shows the fingerprint, asks, and then takes the token without showing it', async () => {
    const {code, screen} = await onTerminal(['login', w.server.url], home('yes'), [
      {at: question, type: 'y\r'},
      {at: /Token:/, type: `${enrolment.token}\r`},
    ])
    expect([code, screen]).toEqual([0, expect.stringContaining('Signed in to')])
    expect(screen).toContain(enrolment.caFingerprint)
    expect(screen).not.toContain(enrolment.token.slice(10, 20))
    expect(JSON.parse(readFileSync(settings('yes'), 'utf8')).profiles.default.ca).toBe(w.server.ca)
  })

  test.each<[string, string, number]>([
    ['no', 'n\r', 1],
    ['just Enter', '\r', 1],
    ['Ctrl-C', '\u0003', 130],
  ])('asks for no token and keeps nothing when the answer is %s', async (_, type, exit) => {
    const {code, screen} = await onTerminal(['login', w.server.url], home('no'), [{at: question, type}])
    expect(code).toBe(exit)
    expect(screen).not.toContain('Token:')
    expect(existsSync(settings('no'))).toBe(false)
  })

  test('without URL takes an enrolment string, and asks nothing else', async () => {
    const text = readFileSync(join(w.server.data, 'owner-enrolment'), 'utf8').trim()
    const {code, screen} = await onTerminal(['login'], home('string'), [{at: /Enrolment string:/, type: `${text}\r`}])
    expect(code).toBe(0)
    expect(screen).not.toMatch(question)
    expect(screen).not.toContain(text.slice(30, 60))
  })

  test('says so when a server that is known shows another CA', async () => {
    const file = settings('yes')
    const kept = readFileSync(file, 'utf8')
    const other = kept.replace(/-----BEGIN CERTIFICATE-----\\n../, '$&XX')
    expect(other).not.toBe(kept)
    writeFileSync(file, other)
    const {code, screen} = await onTerminal(['login', w.server.url], home('yes'), [{at: question, type: 'n\r'}])
    expect([code, screen]).toEqual([
      1,
      expect.stringContaining('not the certificate authority that profile default trusted'),
    ])
    expect(readFileSync(file, 'utf8')).toBe(other)
  })
})
