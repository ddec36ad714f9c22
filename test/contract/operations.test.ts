import {Parser} from '@oclif/core'
import {describe, expect, test} from 'vitest'
import {cliEquivalent} from '../../src/contract/cli-equivalent.ts'
import {registry} from '../../src/contract/operations.ts'
import {permissions, roles} from '../../src/contract/permissions.ts'
import {checkArgv} from '../../src/lib/command/raw-argv.ts'

describe.each([...registry])('%s', (_, entry) => {
  test('names a CLI command that exists and takes its words', async () => {
    const tried = {org: 'acme', scope: 'my-saas/prod', key: 'DB_PASSWORD', version: 2}
    const [program, ...argv] = cliEquivalent(entry, tried).split(' ')
    expect(program).toBe('postern')
    const [first, second] = argv.splice(0, argv[1]!.startsWith('-') ? 1 : 2)
    // A pattern for each depth: the bundler needs to know where a file may be.
    const {default: Command} = await (second === undefined
      ? import(`../../src/commands/${first}.ts`)
      : import(`../../src/commands/${first}/${second}.ts`))
    const flags = {...Command.baseFlags, ...Command.flags}
    const safe = checkArgv(argv, {flags, args: Command.args ?? {}, strict: true, form: ''})
    const parsed = await Parser.parse(safe, {flags, args: Command.args, strict: true})
    expect(parsed.flags).toMatchObject({org: 'acme'})
    if (entry.cli.includes('{key}'))
      expect([parsed.flags, [parsed.args.key].flat()]).toMatchObject([{scope: tried.scope}, [tried.key]])
  })

  test('has a permission that some role gives', () => {
    expect(permissions).toContain(entry.permission)
    expect(roles.owner).toContain(entry.permission)
  })
})

test.each([
  [{}, 'postern secret set --scope SCOPE KEY'],
  [{org: 'default', scope: 'production', key: 'DB'}, 'postern secret set --scope production DB'],
  [{org: 'acme', scope: 'a/b', key: 'DB'}, 'postern secret set --org acme --scope a/b DB'],
])('what was tried with %j is done by %j', (tried, command) => {
  expect(cliEquivalent(registry.get('secrets.set')!, tried)).toBe(command)
})
