import {spawnSync} from 'node:child_process'
import {cpSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {tempFolder} from '../world/program.ts'

const root = resolve(import.meta.dirname, '../..')
const {path: copy, remove} = tempFolder()
afterAll(remove)

const wrong = [
  ['src/contract', '../server/services.ts'],
  ['src/contract', '../client/call.ts'],
  ['src/contract', 'node:fs'],
  ['src/formats', '../contract/names.ts'],
  ['src/client', '../lib/command/base.ts'],
  ['src/client', '../server/services.ts'],
  ['src/sdk', '../lib/command/base.ts'],
  ['src/sdk', '../server/services.ts'],
  ['src/lib', '../commands/whoami.ts'],
  ['src/lib', '../server/services.ts'],
  ['src/commands', '../server/services.ts'],
  ['src/server', '../client/verify-audit.ts'],
  ['src/server', '../lib/command/base.ts'],
] as const
const fileOf = (folder: string, target: string) =>
  `${folder}/wrong-${wrong.findIndex(([f, t]) => f === folder && t === target)}.ts`

let said = ''
beforeAll(() => {
  for (const name of ['src', 'tsconfig.base.json', 'package.json'])
    cpSync(join(root, name), join(copy, name), {recursive: true})
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  // Apart: what the server imports brings Node's types into whatever wrongly imports the server.
  said += built(wrong.filter(([, target]) => target.startsWith('node:')))
  said += built(wrong.filter(([, target]) => !target.startsWith('node:')))
}, 120_000)

/** What the compiler says when these files are there. */
function built(files: readonly (readonly [string, string])[]): string {
  for (const [folder, target] of files) writeFileSync(join(copy, fileOf(folder, target)), `export * from '${target}'\n`)
  const projects = [...new Set(files.map(([folder]) => folder))]
  const ran = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', ...projects], {
    cwd: copy,
    encoding: 'utf8',
  })
  for (const [folder, target] of files) rmSync(join(copy, fileOf(folder, target)))
  expect(ran.status).not.toBe(0)
  return ran.stdout
}

test.each(wrong)('%s that imports %s fails the build', (folder, target) => {
  const errors = said.split('\n').filter((line) => line.startsWith(`${fileOf(folder, target)}(`))
  expect(errors.join('\n')).toMatch(/error TS(6307|2307|2591|6059)/)
})
