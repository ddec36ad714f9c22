import {spawn} from 'node:child_process'
import {readdirSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {finished, homeEnv, tempFolder} from '../world/program.ts'
import {root} from './documents.ts'

test('the demo goes as it says, whatever is set around it, and leaves nothing', async () => {
  const {path, remove} = tempFolder()
  const env = homeEnv(path)
  const child = spawn(process.execPath, [join(root, 'scripts/demo.js')], {
    env: {...env, POSTERN_URL: 'https://127.0.0.1:1', POSTERN_LISTEN: 'nowhere', HTTPS_PROXY: 'http://127.0.0.1:1'},
  })
  const {code, stdout, stderr} = await finished(child)
  expect(code, stdout + stderr).toBe(0)
  for (const shown of ['[dry-run]', '[exit 7]', '"operation_disabled"', 'Verified: ', 'no value found'])
    expect(stdout).toContain(shown)
  expect(readdirSync(env.TMPDIR!)).toEqual([])
  remove()
})
