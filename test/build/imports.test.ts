import {spawnSync} from 'node:child_process'
import {cpSync, symlinkSync, writeFileSync} from 'node:fs'
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
  ['src/lib', '../commands/whoami.ts'],
  ['src/lib', '../server/services.ts'],
  ['src/commands', '../server/services.ts'],
  ['src/server', '../client/verify-audit.ts'],
  ['src/server', '../lib/command/base.ts'],
] as const
const fileOf = (folder: string, target: string) =>
  `${folder}/wrong-${wrong.findIndex(([f, t]) => f === folder && t === target)}.ts`

let said: string
beforeAll(() => {
  for (const name of ['src', 'tsconfig.base.json', 'package.json'])
    cpSync(join(root, name), join(copy, name), {recursive: true})
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  for (const [folder, target] of wrong) writeFileSync(join(copy, fileOf(folder, target)), `export * from '${target}'\n`)
  const projects = [...new Set(wrong.map(([folder]) => folder))]
  const ran = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', ...projects], {
    cwd: copy,
    encoding: 'utf8',
  })
  expect(ran.status).not.toBe(0)
  said = ran.stdout
}, 120_000)

test.each(wrong)('%s that imports %s fails the build', (folder, target) => {
  const errors = said.split('\n').filter((line) => line.startsWith(`${fileOf(folder, target)}(`))
  expect(errors.join('\n')).toMatch(/error TS(6307|2307|2591|6059)/)
})
