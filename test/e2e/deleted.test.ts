import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {succeed, type World, world} from '../world/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w?.close())

describe.each(['secret', 'variable'] as const)('%s list --deleted', (noun) => {
  const listed = async (...flags: string[]) => {
    const {stdout} = await succeed(w.cli([noun, 'list', '--json', ...flags]))
    return (JSON.parse(stdout) as {items: {scope: string; key: string}[]}).items.map(
      ({scope, key}) => `${scope} ${key}`,
    )
  }

  test('shows what can be restored, and nothing that is there', async () => {
    for (const [scope, key] of [
      ['production', 'GONE'],
      ['production', 'KEPT'],
      ['staging', 'GONE'],
    ] as const) {
      await w.put(noun, scope, key, 'x')
    }
    expect(await listed('--deleted')).toEqual([])
    for (const scope of ['production', 'staging'])
      await succeed(w.cli([noun, 'delete', '--scope', scope, 'GONE', '--yes']))
    expect(await listed('--deleted')).toEqual(['production GONE', 'staging GONE'])
    expect(await listed('--deleted', '--scope', 'staging')).toEqual(['staging GONE'])
    expect(await listed()).toEqual(['production KEPT'])
    await succeed(w.cli([noun, 'restore', '--scope', 'staging', 'GONE']))
    await succeed(w.cli([noun, 'purge', '--older-than', '0d', '--yes']))
    expect(await listed('--deleted')).toEqual([])
  })
})
