import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Readable} from 'node:stream'
import {afterAll, describe, expect, test} from 'vitest'
import {PosternError} from '../../../src/client/error.ts'
import type {World} from '../../../src/lib/command/world.ts'
import type {Origin} from '../../../src/lib/value-input/choose.ts'
import {variableIn} from '../../../src/lib/value-input/environment.ts'
import {read} from '../../../src/lib/value-input/read.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-read-'))
const path = join(folder, 'value')
writeFileSync(path, 'in the file\n')
afterAll(() => rmSync(folder, {recursive: true}))

const block = (...entries: (string | Buffer)[]) =>
  Buffer.concat(entries.flatMap((entry) => [Buffer.from(entry as string), Buffer.from([0])]))
const raw = Buffer.from([0x56, 0x3d, 0xff, 0x61]) // V=\xffa

function from(origin: Origin, given: Partial<World> = {}): Promise<Buffer> {
  return read(origin, 'KEY', {env: {}, environ: () => null, ...given} as World)
}

describe('reads', () => {
  test.each<[string, Origin, Partial<World>, string | Buffer]>([
    ['stdin to its end', {mode: 'stdin'}, {stdin: Readable.from([Buffer.from('one '), Buffer.from('two')])}, 'one two'],
    ['a file', {mode: 'file', path}, {}, 'in the file\n'],
    ['argv', {mode: 'argv', text: 'ä\u{1F510}'}, {}, 'ä\u{1F510}'],
    ['the environment', {mode: 'env', name: 'V'}, {env: {V: ' a \n'}}, ' a \n'],
    ['an empty variable', {mode: 'env', name: 'V'}, {env: {V: ''}}, ''],
    [
      'the bytes that the system holds rather than what Node made of them',
      {mode: 'env', name: 'V'},
      {env: {V: '\uFFFDa'}, environ: () => block('VV=x', raw, 'V=second')},
      raw.subarray(2),
    ],
    ['what was put there since', {mode: 'env', name: 'V'}, {env: {V: 'new'}, environ: () => block('W=x')}, 'new'],
  ])('%s', async (_, origin, given, bytes) => {
    expect(await from(origin, given)).toEqual(Buffer.from(bytes as string))
  })
})

describe('refuses', () => {
  test.each<[string, Origin, Partial<World>, string]>([
    ['a file that is not there', {mode: 'file', path: join(folder, 'hunter2')}, {}, 'usage'],
    ['a file below a file', {mode: 'file', path: join(path, 'hunter2')}, {}, 'usage'],
    ['a folder', {mode: 'file', path: folder}, {}, 'usage'],
    ['an unset variable', {mode: 'env', name: 'V'}, {}, 'usage'],
    ['a variable that Node had to mend', {mode: 'env', name: 'V'}, {env: {V: 'hunter2\uFFFD'}}, 'value_refused'],
    ['an argument that Node had to mend', {mode: 'argv', text: 'hunter2\uFFFD'}, {}, 'value_refused'],
  ])('%s', async (_, origin, given, code) => {
    const error = await from(origin, given).then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(PosternError)
    expect((error as PosternError).code).toBe(code)
    expect(JSON.stringify(error)).not.toContain('hunter2')
  })
})

test('an endless pipe is refused once it is too long', async () => {
  let given = 0
  const endless = new Readable({
    read() {
      given += 65536
      this.push(Buffer.alloc(65536, 'a'))
    },
  })
  await expect(from({mode: 'stdin'}, {stdin: endless})).rejects.toMatchObject({code: 'value_refused'})
  expect(given).toBeLessThan(2 * 1024 * 1024)
  expect(endless.destroyed).toBe(true)
})

test.each<[string, Buffer, string, string | null]>([
  ['the first of two', block('A=1', 'A=2'), 'A', '1'],
  ['no variable whose name ends so', block('BA=1'), 'A', null],
  ['no variable that begins so', block('AB=1'), 'A', null],
  ['an empty one', block('A='), 'A', ''],
  ['one that holds "="', block('A=b=c'), 'A', 'b=c'],
  ['the last, even unended', Buffer.from('X=1\0A=2'), 'A', '2'],
  ['nothing in nothing', Buffer.alloc(0), 'A', null],
])('in an environment block: %s', (_, given, name, value) => {
  expect(variableIn(given, name)?.toString() ?? null).toBe(value)
})
