import {execFileSync, spawn} from 'node:child_process'
import {existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {type MountedFolder, mountFolder} from '../../src/sdk/mounted-folder.ts'
import {tempFolder} from '../world/program.ts'

let runtime: string
let close: () => void
let folder: MountedFolder | undefined
beforeEach(() => {
  const temp = tempFolder()
  runtime = temp.path
  close = temp.remove
})
afterEach(() => {
  folder?.remove()
  folder = undefined
  close()
})

const mode = (path: string) => statSync(path).mode & 0o777

test('files are their owner’s alone, in a folder of their owner, in memory where there is a place', () => {
  folder = mountFolder({})
  expect(folder.inMemory).toBe(existsSync('/dev/shm'))
  const file = folder.write('key.pem', Buffer.from('k'))
  expect([mode(folder.path), mode(file), readFileSync(file, 'utf8')]).toEqual([0o700, 0o600, 'k'])
  expect(mode(folder.write('read', Buffer.from('k'), 0o400))).toBe(0o400)
})

test('names that clash get a number, and no name leads out of it', () => {
  folder = mountFolder({})
  const names = ['key.pem', 'key.pem', 'key.pem', 'plain', 'plain'].map((name) =>
    basename(folder!.write(name, Buffer.from(''))),
  )
  expect(names).toEqual(['key.pem', 'key-2.pem', 'key-3.pem', 'plain', 'plain-2'])
  expect(folder.write('../../etc/x', Buffer.from(''))).toBe(join(folder.path, 'x'))
})

test('it is gone once it is removed, and takes no more files', () => {
  folder = mountFolder({})
  folder.write('a', Buffer.from('a'))
  folder.remove()
  folder.remove()
  expect(existsSync(folder.path)).toBe(false)
  expect(() => folder!.write('b', Buffer.from('b'))).toThrow('gone')
})

const source = JSON.stringify(join(import.meta.dirname, '../../src/sdk/mounted-folder.ts'))
const inChild = (env: Record<string, string>, more: string) => {
  const script = `import {mountFolder} from ${source}; const f = mountFolder(); f.write('a', Buffer.from('a')); console.log(f.path); ${more}`
  const built = execFileSync('npx', ['esbuild', '--bundle', '--platform=node', '--format=cjs'], {
    input: script,
    encoding: 'utf8',
  })
  return spawn(process.execPath, ['-e', built], {env: {...process.env, ...env}, stdio: ['ignore', 'pipe', 'inherit']})
}
const said = (child: ReturnType<typeof spawn>) =>
  new Promise<string>((done) => child.stdout!.once('data', (part: Buffer) => done(String(part).trim())))
const ended = (child: ReturnType<typeof spawn>) => new Promise<void>((done) => child.once('close', () => done()))

test('it goes when its process ends, also by an error', async () => {
  const child = inChild({}, 'setTimeout(() => { throw new Error() }, 10)')
  const path = await said(child)
  await ended(child)
  expect(existsSync(path)).toBe(false)
}, 20_000)

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'two of one process go when %s ends it',
  async (signal) => {
    const child = inChild({}, 'const other = mountFolder(); console.log(other.path); setInterval(() => {}, 1000)')
    let paths: string[] = []
    for (let text = ''; paths.length < 2; paths = text.trim().split('\n')) text += `${await said(child)}\n`
    child.kill(signal)
    expect(await new Promise((done) => child.once('close', (_, by) => done(by)))).toBe(signal)
    expect(paths.map(existsSync)).toEqual([false, false])
  },
  20_000,
)

test('after kill -9 the next one removes it; that of a live process, a link and a file of that name stay', async () => {
  const [killed, lives] = [inChild({}, 'setInterval(() => {}, 1000)'), inChild({}, 'setInterval(() => {}, 1000)')]
  const [stale, other] = [await said(killed), await said(lives)]
  killed.kill('SIGKILL')
  await ended(killed)
  expect(readdirSync(stale)).toEqual(['a'])
  mkdirSync(join(runtime, 'kept'))
  writeFileSync(join(runtime, 'kept/file'), '')
  const link = `${stale.slice(0, -12)}${'0'.repeat(12)}`
  symlinkSync(join(runtime, 'kept'), link)
  folder = mountFolder({})
  expect([existsSync(stale), existsSync(other), existsSync(join(runtime, 'kept/file'))]).toEqual([false, true, true])
  execFileSync('rm', [link])
  lives.kill('SIGTERM')
  await ended(lives)
  expect(existsSync(other)).toBe(false)
}, 20_000)
