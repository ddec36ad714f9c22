import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from 'vitest'
import {run} from '../world/program.ts'

const home = mkdtempSync(join(tmpdir(), 'postern-run-'))
afterAll(() => rmSync(home, {recursive: true, force: true}))

describe('what was typed is no command: it is not repeated, nothing runs, exit 2', () => {
  test.each<{typed: string; says: RegExp}>([
    {typed: 'hunter2', says: /postern has no such command/},
    {typed: 'secret hunter2', says: /postern secret has no such command. It has: (?:[a-z]+, )*set, /},
    {typed: 'secret KEY hunter2', says: /postern secret has no such command/},
    {typed: 'secret KEY=hunter2', says: /postern secret has no such command/},
    {typed: 'secret --vlaue=hunter2', says: /postern secret has no such command/},
    {typed: 'secret ste KEY hunter2', says: /Did you mean: postern secret set/},
    {typed: 'sercet set KEY hunter2', says: /Did you mean: postern secret/},
    {typed: 'KEY=hunter2', says: /postern has no such command/},
    {typed: '--value=hunter2', says: /postern has no such command/},
    {typed: 'secret KEY hunter2 --help', says: /postern secret has no such command/},
    {typed: 'help secret KEY hunter2', says: /postern secret has no such command/},
    {typed: 'autocomplete hunter2', says: /typed wrongly/},
    {typed: 'secret:set KEY hunter2', says: /a value is never an argument/},
  ])('$typed', async ({typed, says}) => {
    for (const json of typed.startsWith('autocomplete') ? [false] : [false, true]) {
      const argv = [...typed.split(' '), ...(json ? ['--json'] : [])]
      const {code, stdout, stderr} = await run(argv, home, {env: {DEBUG: '*'}})
      expect(stdout + stderr).not.toContain('hunter2')
      expect(json ? JSON.parse(stdout).error.message : stderr).toMatch(says)
      expect(json ? stderr : stdout).toBe('')
      expect(code).toBe(2)
    }
  })
})

describe('help and version end with 0', () => {
  test.each<{typed: string[]; shows: RegExp}>([
    {typed: [], shows: /USAGE\n {2}\$ postern \[COMMAND\]/},
    {typed: ['--help'], shows: /TOPICS/},
    {typed: ['-h'], shows: /TOPICS/},
    {typed: ['help'], shows: /TOPICS/},
    {typed: ['secret'], shows: /\$ postern secret COMMAND/},
    {typed: ['help', 'secret'], shows: /\$ postern secret COMMAND/},
    {typed: ['secret', 'set', '--help'], shows: /pass show prod\/db \| postern secret set/},
    {typed: ['secret', 'set', 'KEY', '-h'], shows: /\$ postern secret set /},
    {typed: ['--version'], shows: /^postern\/\d+\.\d+\.\d+ /},
  ])('postern $typed', async ({typed, shows}) => {
    const {code, stdout, stderr} = await run(typed, home)
    expect(stdout).toMatch(shows)
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })
})

test.each(['bash', 'zsh', 'powershell'])('completion for %s knows the commands', async (shell) => {
  const {code, stdout} = await run(['autocomplete', 'script', shell], home)
  expect(stdout).toMatch(/postern/i)
  expect(code).toBe(0)
})
