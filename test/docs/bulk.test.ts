import {execFileSync} from 'node:child_process'
import {cpSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {homeEnv} from '../world/program.ts'
import {world} from '../world/world.ts'
import {textOf} from './documents.ts'

/** The first block of this language. */
const block = (language: string) =>
  new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(textOf('docs/bulk.md'))![1]!

test.skipIf(!hasCurl())('the call of docs/bulk.md does what the page says, as a trial and in earnest', async () => {
  const w = await world()
  try {
    writeFileSync(join(w.folder, 'ci.token'), `${w.token}\n`)
    cpSync(join(w.server.data, 'tls/ca.crt'), join(w.folder, 'ca.crt'))
    const call = block('sh').replace('https://postern.example:8443', w.server.url)
    const run = (script: string) =>
      JSON.parse(execFileSync('sh', ['-ec', script], {cwd: w.folder, env: homeEnv(w.home), encoding: 'utf8'}))
    const said = JSON.parse(block('json'))
    const shape = (report: typeof said) => [Object.keys(report), report.items.map((item: object) => Object.keys(item))]
    const trial = run(call)
    expect(shape(trial)).toEqual(shape(said))
    expect((await w.cli(['secret', 'list'])).stdout).toBe('')
    expect(run(call.replace('?dryRun=true', ''))).toMatchObject({changed: 3, unchanged: 0})
    expect((await w.cli(['secret', 'list'])).stdout.match(/\n/g)).toHaveLength(3)
  } finally {
    await w.close()
  }
})

function hasCurl(): boolean {
  try {
    execFileSync('curl', ['--version'], {stdio: 'ignore'})
    return true
  } catch {
    return false
  }
}
