import {spawnSync} from 'node:child_process'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {fingerprint} from '../../../src/formats/fingerprint.ts'
import {tempFolder} from '../../world/program.ts'
import {onTerminal} from '../../world/terminal.ts'
import {type World, world} from '../../world/world.ts'

const home = tempFolder()
afterAll(home.remove)

const canScript = spawnSync('script', ['--version']).status === 0
const set = ['secret', 'set', '--scope', 'production', 'KEY', '--dry-run']
const asked = /Value of KEY:/
const wouldSet = (value: string) =>
  `[dry-run] would set KEY in scope production sha256=${fingerprint(Buffer.from(value))}`

describe.skipIf(!canScript)('on a pseudo-terminal', () => {
  test.each<[string, string[], string, string]>([
    ['the default there', [], 'hunter2\r', 'hunter2'],
    ['--prompt', ['--prompt'], 'hunter2\r', 'hunter2'],
    ['blanks, quotes and other letters', [], ' a"b\'c\\ ü€\u{1F510} \r', ' a"b\'c\\ ü€\u{1F510} '],
    ['a correction', [], 'hunterx\u007f2\r', 'hunter2'],
    ['ctrl-t, which elsewhere shows the value', [], 'hunter2\u0014\r', 'hunter2'],
    ['a long line in many pieces', [], `${'x'.repeat(5000)}\r`, 'x'.repeat(5000)],
  ])('takes %s without echo', async (_, flags, typed, value) => {
    const {code, screen} = await onTerminal([...set, ...flags], home.path, [{at: asked, type: typed}])
    expect(screen).toContain(wouldSet(value))
    expect(screen).not.toContain(typed.slice(0, 5))
    expect(code).toBe(0)
  })

  test.each<[string, string, number, RegExp]>([
    ['Ctrl-C', 'hunter2\u0003', 130, /Interrupted/],
    ['Ctrl-C in a prompt that has nothing', '\u0003', 130, /Interrupted/],
    ['Ctrl-D', '\u0004', 130, /Interrupted/],
    ['nothing', '\r', 1, /--allow-empty/],
    ['a paste of two lines', 'hunter2\rhunter3\r', 1, /--from-stdin/],
    ['a paste of two lines, the last unended', 'hunter2\nhunter3', 1, /--from-stdin/],
    ['a pasted key', `-----BEGIN X-----\r${'hunter2\r'.repeat(2000)}-----END X-----\r`, 1, /--from-stdin/],
  ])('refuses %s, and shows none of it', async (_, typed, code, says) => {
    const ran = await onTerminal(set, home.path, [{at: asked, type: typed}])
    expect(ran.screen).toMatch(says)
    expect(ran.screen).not.toContain('would set')
    expect(ran.screen).not.toContain('hunter')
    expect(ran.code).toBe(code)
  })

  test('--from-stdin is refused, naming --prompt', async () => {
    const ran = await onTerminal([...set, '--from-stdin'], home.path, [])
    expect(ran).toMatchObject({code: 2, screen: expect.stringContaining('--prompt')})
  })

  describe('with a server', () => {
    let w: World
    beforeAll(async () => {
      w = await world()
    })
    afterAll(() => w.close())

    test('--missing asks for one name after the other', async () => {
      for (const key of ['ONE', 'TWO']) await w.cli(['secret', 'declare', '--scope', 's', key])
      const {code, screen} = await onTerminal(['secret', 'set', '--scope', 's', '--missing'], w.home, [
        {at: /Value of ONE:/, type: 'hunter2\r'},
        {at: /Value of TWO:/, type: 'hunter34\r'},
      ])
      expect(screen).toMatch(/Set ONE in s: version 1, 7 bytes/)
      expect(screen).toMatch(/Set TWO in s: version 1, 8 bytes/)
      expect(screen).not.toContain('hunter')
      expect(code).toBe(0)
    })

    test.each([
      ['n\r', 1, 1],
      ['\r', 1, 1],
      ['\u0003', 130, 1],
      ['\u0004', 130, 1],
      ['y\r', 0, 0],
    ])('delete asks first: %j', async (answer, code, left) => {
      await w.cli(['variable', 'set', '--scope', 'd', 'KEY'], {stdin: 'x'})
      const ran = await onTerminal(['variable', 'delete', '--scope', 'd', 'KEY'], w.home, [
        {at: /Delete KEY in d \(version 1\)\?/, type: answer},
      ])
      expect(ran.code).toBe(code)
      const {stdout} = await w.cli(['variable', 'list', '--scope', 'd', '--json'])
      expect(JSON.parse(stdout).items).toHaveLength(left)
    })
  })
})
