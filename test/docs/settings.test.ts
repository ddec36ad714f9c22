import {expect, test} from 'vitest'
import ServerStart from '../../src/commands/server/start.ts'
import {serverVariables} from '../../src/server/environment.ts'
import {coded, tableOf, textOf} from './documents.ts'

const listed = tableOf(textOf('docs/server.md'), ['flag', 'variable', 'default', 'what'])

test('docs/server.md lists every variable of the server beside its flag', () => {
  const pairs = listed.map(([flag, variable]) => [coded(variable!)[0], coded(flag!)[0]?.split(' ')[0] ?? null])
  expect(pairs).toEqual(
    Object.entries(serverVariables).map(([variable, flag]) => [variable, flag === null ? null : `--${flag}`]),
  )
})

test('docs/server.md lists every flag of server start', () => {
  const flags = listed.flatMap(([flag]) => coded(flag!)).map((flag) => flag.split(' ')[0])
  expect(flags.sort()).toEqual(
    Object.keys(ServerStart.flags)
      .map((name) => `--${name}`)
      .sort(),
  )
})
