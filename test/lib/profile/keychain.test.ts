import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, rmSync} from 'node:fs'
import * as net from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {deleteFromKeychain, getFromKeychain, setInKeychain} from '../../../src/lib/profile/keychain.ts'

const has = (program: string) => spawnSync(program, ['--version']).status === 0
const token = 'postern_hunter2'
let folder: string
const children: ChildProcess[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-keychain-'))
})
afterAll(() => {
  for (const child of children.reverse()) child.kill()
  rmSync(folder, {recursive: true, force: true})
})

function run(program: string, argv: string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(program, argv, {env: {...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, ...env}})
  children.push(child)
  return child
}

async function sessionBus(): Promise<string> {
  const bus = run('dbus-daemon', ['--session', '--nofork', '--print-address'])
  return String((await once(bus.stdout!, 'data'))[0]).trim()
}

/** An environment that holds nothing but the bus, and the path to where libraries lie. */
const on = (address?: string) => ({
  HOME: folder,
  ...(process.env.LD_LIBRARY_PATH ? {LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH} : {}),
  ...(address === undefined ? {} : {DBUS_SESSION_BUS_ADDRESS: address}),
})

const nothing = async (env: Record<string, string>) =>
  expect([
    await setInKeychain(env, 'a', token),
    await getFromKeychain(env, 'a'),
    await deleteFromKeychain(env, 'a'),
  ]).toEqual([false, null, false])

describe.runIf(process.platform === 'linux')('a keychain is none', () => {
  test('without a session bus', () => nothing(on()))
  test('when the bus is not there', () => nothing(on(`unix:path=${join(folder, 'none')}`)))
  test.runIf(has('dbus-daemon'))('when the bus knows no secret service', async () => nothing(on(await sessionBus())))

  test('when the bus does not answer, in good time', async () => {
    const path = join(folder, 'mute')
    const mute = net.createServer((socket) => socket.on('error', () => {})).listen(path)
    await once(mute, 'listening')
    const began = Date.now()
    expect(await getFromKeychain(on(`unix:path=${path}`), 'a', 1000)).toBeNull()
    expect(Date.now() - began).toBeLessThan(10_000)
    mute.close()
  })
})

describe.runIf(process.platform === 'linux' && has('dbus-daemon') && has('gnome-keyring-daemon'))(
  'GNOME’s keyring',
  () => {
    const keyring = async (address: string, argv: string[], input: string) => {
      const child = run('gnome-keyring-daemon', ['--foreground', '--components=secrets', ...argv], {
        DBUS_SESSION_BUS_ADDRESS: address,
      })
      child.stdin!.end(input)
      for (let tries = 0; tries < 50; tries += 1) {
        await new Promise((done) => setTimeout(done, 200))
        const asked = spawnSync('gdbus', ['introspect', '--session', '-d', 'org.freedesktop.secrets', '-o', '/'], {
          env: {...process.env, DBUS_SESSION_BUS_ADDRESS: address},
        })
        if (asked.status === 0) return child
      }
      throw new Error('it does not start')
    }

    test('keeps a token, gives it back, lets it go; locked, it gives nothing', async () => {
      const address = await sessionBus()
      const env = on(address)
      const unlocked = await keyring(address, ['--unlock'], 'password')
      expect(await getFromKeychain(env, 'a@https%3A%2F%2Fa')).toBeNull()
      expect(await setInKeychain(env, 'a@https%3A%2F%2Fa', token)).toBe(true)
      expect(await setInKeychain(env, 'a@https%3A%2F%2Fb', 'another')).toBe(true)
      expect(await getFromKeychain(env, 'a@https%3A%2F%2Fa')).toBe(token)
      expect(await deleteFromKeychain(env, 'a@https%3A%2F%2Fb')).toBe(true)
      expect(await getFromKeychain(env, 'a@https%3A%2F%2Fb')).toBeNull()
      unlocked.kill()
      await once(unlocked, 'close')
      await keyring(address, [], '')
      expect(await getFromKeychain(env, 'a@https%3A%2F%2Fa')).toBeNull()
      expect(await setInKeychain(env, 'a@https%3A%2F%2Fa', token)).toBe(false)
    })
  },
)
