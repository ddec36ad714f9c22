import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {fingerprint} from '../../src/formats/fingerprint.ts'
import {newCanary} from '../world/canary.ts'
import {tempFolder} from '../world/program.ts'
import {onTerminal, type Typed} from '../world/terminal.ts'
import {type World, world} from '../world/world.ts'

const home = tempFolder()
afterAll(home.remove)
const set = ['secret', 'set', '--scope', 'production', 'KEY', '--dry-run']
const asked = /Value of KEY:/
const value = newCanary()

describe('secret set on a terminal', () => {
  test.each<[string, string[], Typed[]]>([
    ['asks by default', [], [{at: asked, type: `${value}\r`}]],
    ['asks with --prompt', ['--prompt'], [{at: asked, type: `${value}\r`}]],
    ['does not show it on Ctrl-T', [], [{at: asked, type: `${value.slice(0, 5)}\u0014${value.slice(5)}\r`}]],
  ])('%s, without echo', async (_, flags, steps) => {
    const {code, screen} = await onTerminal([...set, ...flags], home.path, steps)
    expect(code, screen).toBe(0)
    expect(screen).toContain(`sha256=${fingerprint(Buffer.from(value))}`)
    expect(screen).not.toContain(value)
  })

  test('ends with 130 on Ctrl-C, and says that nothing changed', async () => {
    const {code, screen} = await onTerminal(set, home.path, [{at: asked, type: `${value}\u0003`}])
    expect([code, screen.includes('sha256='), screen.includes(value)]).toEqual([130, false, false])
  })

  test('refuses more than one pasted line, and names --from-stdin', async () => {
    const {code, screen} = await onTerminal(set, home.path, [{at: asked, type: `${value}\r${value}\rmore\r`}])
    expect(code, screen).toBe(1)
    expect(screen).toContain('--from-stdin')
    expect(screen).not.toContain(value)
  })

  test('refuses --from-stdin there, and names --prompt', async () => {
    const {code, screen} = await onTerminal([...set, '--from-stdin'], home.path, [])
    expect([code, screen.includes('--prompt')]).toEqual([2, true])
  })
})

describe('what asks before it changes something', () => {
  let w: World
  beforeAll(async () => {
    w = await world()
    await w.cli(['secret', 'set', '--scope', 'production', 'KEY'], {stdin: value})
  })
  afterAll(() => w.close())

  const listed = async () => (await w.cli(['secret', 'list'])).stdout.includes('KEY')

  test('leaves it when the answer is no', async () => {
    const {code, screen} = await onTerminal(['secret', 'delete', '--scope', 'production', 'KEY'], w.home, [
      {at: /Delete KEY .*\?/, type: 'n\r'},
    ])
    expect(code, screen).toBe(1)
    expect(await listed()).toBe(true)
  })

  test('does it when the answer is yes', async () => {
    const {code, screen} = await onTerminal(['secret', 'delete', '--scope', 'production', 'KEY'], w.home, [
      {at: /Delete KEY .*\?/, type: 'y\r'},
    ])
    expect(code, screen).toBe(0)
    expect(await listed()).toBe(false)
  })

  test('shows the CA and sends no token before the answer', async () => {
    const argv = ['login', w.server.url, '--profile', 'tofu', '--from-env', 'TOKEN']
    const no = await onTerminal(argv, w.home, [{at: /fingerprint that the server printed\?/, type: 'n\r'}], {
      TOKEN: w.token,
    })
    expect(no.code, no.screen).not.toBe(0)
    expect(no.screen).toMatch(/SHA-256|[0-9a-f]{2}(:[0-9a-f]{2}){31}/)
    const yes = await onTerminal(argv, w.home, [{at: /fingerprint that the server printed\?/, type: 'y\r'}], {
      TOKEN: w.token,
    })
    expect(yes.code, yes.screen).toBe(0)
    expect(yes.screen).not.toContain(w.token)
  })
})
