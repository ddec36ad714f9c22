import {readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {rootKeyId} from '../../src/server/keyring/wrap.ts'
import {engine} from '../world/engine.ts'
import {trial} from '../world/trial.ts'

test('without its root key, or with another, no server starts: it names the id that it needs, and changes nothing', async () => {
  const t = await trial()
  try {
    await t.writers.more(50)
    await t.server().stop()
    const {data} = t.server()
    const [file, kept] = [join(data, 'root.key'), join(data, 'kept')]
    const id = rootKeyId(Buffer.from(readFileSync(file, 'utf8'), 'base64'))
    renameSync(file, kept)
    const wrong = join(t.world.folder, 'wrong.key')
    writeFileSync(wrong, Buffer.alloc(32, 1).toString('base64'))
    const stored = () => (engine === 'sqlite' ? readFileSync(join(data, 'postern.db')).toString('hex') : '')
    const before = stored()
    const cases: [string[], string | null, RegExp][] = [
      [[], null, /root\.key is missing/],
      [['--root-key-file', join(t.world.folder, 'none')], null, /none is missing/],
      [['--root-key-file', wrong], null, new RegExp(`needs the root key with id ${id}`)],
      [[], Buffer.alloc(32, 2).toString('base64'), new RegExp(`needs the root key with id ${id}`)],
      [[], 'hunter2', /does not hold a root key/],
      [[], '', /does not hold a root key/],
    ]
    for (const [args, content, says] of cases) {
      if (content !== null) writeFileSync(file, content)
      const ran = await t.world.cli(['server', 'start', '--data', data, '--listen', '127.0.0.1:0', ...args])
      expect([ran.code, ran.stderr]).toEqual([1, expect.stringMatching(says)])
      expect(ran.stderr).toMatch(/\nNext: .*nothing was changed/)
      if (!says.source.includes('does not hold')) expect(ran.stderr).toContain(id)
      expect(ran.stdout + ran.stderr).not.toContain('hunter2')
      rmSync(file, {force: true})
    }
    expect(stored() === before).toBe(true)
    renameSync(kept, file)
    await t.start()
    await t.writers.more(50)
    await t.survived()
  } finally {
    await t.close()
  }
})
