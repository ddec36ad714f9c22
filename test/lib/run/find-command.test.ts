import {chmodSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from 'vitest'
import {PosternError} from '../../../src/client/error.ts'
import {findCommand} from '../../../src/lib/run/find-command.ts'
import {newCanary} from '../../world/canary.ts'
import {tempFolder} from '../../world/program.ts'

const {path: folder, remove} = tempFolder()
afterAll(remove)
const at = (...names: string[]) => join(folder, ...names)
for (const name of ['first', 'second', 'first/tool-folder']) mkdirSync(at(name))
const program = (mode: number, ...names: string[]) => {
  writeFileSync(at(...names), '#!/bin/sh\n')
  chmodSync(at(...names), mode)
}
program(0o755, 'first', 'both')
program(0o755, 'second', 'both')
program(0o644, 'first', 'plain-then-program')
program(0o755, 'second', 'plain-then-program')
program(0o644, 'first', 'plain')
program(0o755, 'second', 'tool-folder')
symlinkSync('nowhere', at('first', 'dangling'))
const path = `${at('first')}:${at('second')}`

describe('finds', () => {
  test.each([
    ['the first of two', 'both', at('first', 'both')],
    ['a program behind a file that is none', 'plain-then-program', at('second', 'plain-then-program')],
    ['a program behind a folder of its name', 'tool-folder', at('second', 'tool-folder')],
    ['one that is named by its path', at('second', 'both'), at('second', 'both')],
  ])('%s', (_, name, file) => {
    expect(findCommand(name, path)).toBe(file)
  })

  test('one in /bin without a PATH', () => {
    expect(findCommand('sh', undefined)).toBe('/bin/sh')
  })

  test('one in the current folder where PATH has an empty part, and not otherwise', () => {
    const here = process.cwd()
    process.chdir(at('first'))
    try {
      expect(findCommand('both', `:${at('second')}`)).toBe(at('first', 'both'))
      expect(findCommand('both', at('second'))).toBe(at('second', 'both'))
      expect(findCommand('./both', '')).toBe(at('first', 'both'))
    } finally {
      process.chdir(here)
    }
  })
})

describe('refuses', () => {
  const secret = `${newCanary()} x`
  test.each([
    ['one that is nowhere', 'absent', 127, 'There is no command absent in any folder of PATH.'],
    ['one that is not at its path', at('absent'), 127, 'There is no command'],
    ['the empty name', '', 127, 'There is no command'],
    ['a link that leads nowhere', 'dangling', 127, 'There is no command dangling'],
    ['a file below a file', at('first', 'both', 'x'), 127, 'There is no command'],
    ['a file that is no program', 'plain', 126, 'The command plain is not executable.'],
    ['a folder', at('first'), 126, 'is a folder'],
    ['a whole line, and does not repeat it', secret, 127, 'There is no command of that name'],
  ])('%s', (_, name, exit, says) => {
    const error = (() => {
      try {
        return findCommand(name, path)
      } catch (thrown) {
        return thrown
      }
    })()
    if (!(error instanceof PosternError)) throw error
    expect([error.exitCode, error.message]).toEqual([exit, expect.stringContaining(says)])
    expect(JSON.stringify(error.toJSON())).not.toContain(secret.slice(0, 12))
  })
})
