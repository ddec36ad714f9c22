import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {build} from 'esbuild'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {openDataFolder} from '../../src/server/data-folder.ts'
import {writePrivateFile} from '../../src/server/private-file.ts'
import {rootKey} from '../../src/server/root-key.ts'

let home: string
const umask = process.umask()
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'postern-folder-'))
})
afterEach(async () => {
  process.umask(umask)
  await rm(home, {recursive: true, force: true})
})

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
const root = process.getuid?.() === 0

describe('the data folder', () => {
  test.each([0o000, 0o022, 0o777])(
    'is private whatever the umask (case %#), and so is every file in it',
    async (mask) => {
      process.umask(mask)
      const folder = await openDataFolder(join(home, 'deep', 'data'))
      await writePrivateFile(folder.file('a'), 'x')
      await writeFile(folder.file('b'), 'x')
      expect(await modeOf(folder.path)).toBe('700')
      for (const name of await readdir(folder.path)) expect(await modeOf(folder.file(name)), name).toBe('600')
      folder.release()
    },
  )

  test.each<[string, (path: string) => Promise<void>, RegExp]>([
    ['open to its group', (path) => mkdir(path).then(() => chmod(path, 0o750)), /open to other users \(mode 0750\)/],
    ['open to the world', (path) => mkdir(path).then(() => chmod(path, 0o777)), /open to other users/],
    ['a file', (path) => writeFile(path, ''), /a file is in its place/],
    ['below a file', (path) => writeFile(path, ''), /a file is in its place/],
  ])('is refused when it is %s', async (what, given, message) => {
    const path = join(home, 'data')
    await given(path)
    await expect(openDataFolder(what === 'below a file' ? join(path, 'x') : path)).rejects.toThrow(message)
  })

  test.runIf(process.platform === 'linux')('is refused where nothing can be made', async () => {
    await expect(openDataFolder('/proc/postern/data')).rejects.toThrow(/nothing can be made there|may not write there/)
  })

  test('may be reached through a link', async () => {
    await mkdir(join(home, 'real'), 0o700)
    await symlink(join(home, 'real'), join(home, 'data'))
    const folder = await openDataFolder(join(home, 'data'))
    expect(await readdir(join(home, 'real'))).toEqual(['lock.db'])
    folder.release()
  })

  test.runIf(root)('is refused when it is somebody else’s', async () => {
    const path = join(home, 'data')
    await mkdir(path, {mode: 0o700})
    await chown(path, 12_345, 12_345)
    await expect(openDataFolder(path)).rejects.toThrow(/belongs to user 12345/)
    expect(await readdir(path)).toEqual([])
  })

  test('is one server’s at a time, and free again after release', async () => {
    const first = await openDataFolder(join(home, 'data'))
    await expect(openDataFolder(join(home, 'data'))).rejects.toThrow(/Another server is running/)
    first.release()
    const second = await openDataFolder(join(home, 'data'))
    second.release()
  })

  test('is free again after kill -9', async () => {
    const program = join(process.cwd(), 'build', 'test', 'hold-folder.mjs')
    await build({
      stdin: {
        contents: `import {openDataFolder} from './src/server/data-folder.ts'
          await openDataFolder(process.argv[2])
          console.log('held')
          setInterval(() => {}, 1000)`,
        resolveDir: process.cwd(),
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: program,
      packages: 'external',
    })
    const child = spawn(process.execPath, [program, join(home, 'data')], {stdio: ['ignore', 'pipe', 'inherit']})
    try {
      await once(child.stdout, 'data')
      await expect(openDataFolder(join(home, 'data'))).rejects.toThrow(/Another server is running/)
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    const folder = await openDataFolder(join(home, 'data'))
    folder.release()
  })
})

describe('the root key', () => {
  const open = () => openDataFolder(join(home, 'data'))

  test('is made once, private, and read again', async () => {
    const folder = await open()
    const made = await rootKey(folder, undefined, null)
    expect(made.length).toBe(32)
    expect(await modeOf(folder.file('root.key'))).toBe('600')
    expect(await rootKey(folder, undefined, null)).toEqual(made)
    expect(await readdir(folder.path)).toEqual(['lock.db', 'root.key'])
    folder.release()
  })

  test.each(['base64', 'base64url'] as const)('is read elsewhere, in %s', async (encoding) => {
    const folder = await open()
    const key = Buffer.alloc(32, 0xfb)
    await writeFile(join(home, 'elsewhere'), `${key.toString(encoding)}\n`)
    expect(await rootKey(folder, join(home, 'elsewhere'), null)).toEqual(key)
    expect(await readdir(folder.path)).toEqual(['lock.db'])
    folder.release()
  })

  test.each<[string, {needed?: string; content?: string; elsewhere?: true}, RegExp]>([
    [
      'missing where a store needs one',
      {needed: 'a1b2'},
      /needs the root key with id a1b2, and the file .* is missing/,
    ],
    [
      'missing elsewhere, where a store needs one',
      {needed: 'a1b2', elsewhere: true},
      /with id a1b2, and the file .* is missing/,
    ],
    [
      'another one',
      {needed: 'a1b2', content: Buffer.alloc(32, 1).toString('base64')},
      /with id a1b2, and the file .* has another one, with id [0-9a-f]{16}/,
    ],
    ['missing elsewhere', {elsewhere: true}, /is missing/],
    ['too short', {content: 'aHVudGVyMg'}, /does not hold a root key/],
    ['too long', {content: `${'A'.repeat(44)}`}, /does not hold a root key/],
    ['empty', {content: ''}, /does not hold a root key/],
    ['no base64', {content: `hunter2 ${'!'.repeat(35)}`}, /does not hold a root key/],
  ])('is refused when it is %s, and nothing changes', async (_, given, message) => {
    const folder = await open()
    if (given.content !== undefined) await writeFile(folder.file('root.key'), given.content)
    const before = await readdir(folder.path)
    const asked = rootKey(folder, given.elsewhere ? join(home, 'elsewhere') : undefined, given.needed ?? null)
    await expect(asked).rejects.toThrow(message)
    await expect(asked).rejects.not.toThrow(/hunter2|aHVudGVyMg/)
    expect(await readdir(folder.path)).toEqual(before)
    if (given.content !== undefined) expect(await readFile(folder.file('root.key'), 'utf8')).toBe(given.content)
    folder.release()
  })
})
