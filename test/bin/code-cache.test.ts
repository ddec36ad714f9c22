import {spawnSync} from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {join, resolve} from 'node:path'
import {afterAll, beforeEach, expect, test} from 'vitest'
import {homeEnv, tempFolder} from '../world/program.ts'

const root = resolve(import.meta.dirname, '../..')
const {path: copy, remove} = tempFolder()
for (const name of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
  cpSync(join(root, name), join(copy, name), {recursive: true})
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
afterAll(remove)

const home = join(copy, 'home')
const beside = join(copy, 'dist/cache')
const withUser = join(home, 'cache/postern')

beforeEach(() => {
  rmSync(beside, {recursive: true, force: true})
  rmSync(withUser, {recursive: true, force: true})
})

/** A dry run, which must do the same whatever becomes of the cache. */
function dryRun(): void {
  const argv = ['secret', 'set', '--scope', 'production', 'KEY', '--dry-run']
  const options = {env: homeEnv(home), input: 'abc', timeout: 20_000, killSignal: 'SIGKILL'} as const
  const ran = spawnSync(process.execPath, [join(copy, 'bin/run.js'), ...argv], options)
  expect(ran.stderr.toString()).toBe('')
  expect(ran.stdout.toString()).toMatch(/^\[dry-run\] would set KEY in scope production sha256=ba7816bf[0-9a-f]{56}\n$/)
  expect(ran.status).toBe(0)
}

function cacheIn(folder: string): {path: string; inode: number; mode: number} {
  const [name, ...others] = readdirSync(folder)
  expect(others).toEqual([])
  const {ino, mode} = statSync(join(folder, name!))
  return {path: join(folder, name!), inode: ino, mode: mode & 0o777}
}

test('the first run writes the cache beside the program, the next ones use it', () => {
  dryRun()
  const {inode} = cacheIn(beside)
  dryRun()
  expect(cacheIn(beside).inode).toBe(inode)
})

test.each<{given: string; damage: (path: string) => void}>([
  {given: 'is empty', damage: (path) => writeFileSync(path, '')},
  {given: 'is no cache', damage: (path) => writeFileSync(path, 'not a cache\nat all')},
  {given: 'was cut short', damage: (path) => writeFileSync(path, readFileSync(path).subarray(0, 9000))},
  {given: 'can be written by others', damage: (path) => chmodSync(path, 0o666)},
  {given: 'was made of another build', damage: () => writeFileSync(join(copy, 'dist/build-id'), '0'.repeat(64))},
])('a cache that $given is passed over and made anew', ({damage}) => {
  dryRun()
  const before = cacheIn(beside)
  damage(before.path)
  dryRun()
  const after = cacheIn(beside)
  expect(after.inode).not.toBe(before.inode)
  expect(after.mode & 0o022).toBe(0)
  dryRun()
  expect(cacheIn(beside).inode).toBe(after.inode)
})

test('where the program cannot be written, the cache lies with the user, closed to others', () => {
  writeFileSync(beside, 'in the way')
  dryRun()
  const {inode} = cacheIn(withUser)
  expect(statSync(withUser).mode & 0o777).toBe(0o700)
  dryRun()
  expect(cacheIn(withUser).inode).toBe(inode)
})

test('where nothing can be written, there is no cache', () => {
  writeFileSync(beside, 'in the way')
  mkdirSync(join(home, 'cache'), {recursive: true})
  writeFileSync(withUser, 'in the way')
  dryRun()
})
