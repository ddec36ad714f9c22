/// <reference types="vite/types/importMeta.d.ts" />
import type {Arg, Flag} from '@oclif/core/interfaces'
import {describe, expect, test} from 'vitest'
import {PosternError} from '../../../src/client/error.ts'
import SecretDescribe from '../../../src/commands/secret/describe.ts'
import SecretSet from '../../../src/commands/secret/set.ts'
import {newCanary} from '../../world/canary.ts'
import {badLines, badNames, type HostileText} from '../../world/hostile.ts'
import {run} from './run.ts'

/** What the texts of the commands' flags and arguments are. One that is not here makes the test fail. */
const kinds: Record<string, readonly string[]> = {
  name: ['KEY', 'SCOPE', 'OTHER', 'TO', 'NAME', '--org', '--scope', '--role', '--actor', '--operation'].concat([
    'ENV',
    '--key',
    '--environment',
    '--agent-id',
    '--component',
    '--token',
  ]),
  line: ['--reason', '--username'],
  // Of a form of their own, of this machine, or for the value's bytes.
  other: [
    ...['URL', 'FILE', 'PATTERN', 'OPERATION', '--profile', '--category', '--sensitivity', '--permission', '--outcome'],
    ...['--from-file', '--from-env', '--value', '--confirm-fingerprint', '--expect-version', '--generate', '--folder'],
    ...[
      '--owner',
      '--note',
      '--tag',
      '--untag',
      '--cidr',
      '--expires',
      '--rotate-every',
      '--unused',
      '--expiring',
      '--older-than',
    ],
    ...['--to', '--before', '--since', '--limit', '--out', '--archive', '--public-key', '--kept-versions'],
    ...['--local', '--ca-file', '--ca-fingerprint', '--root-key-file', '--new-root-key-file', '--data'],
    ...['--listen', '--public-url', '--tls-cert', '--tls-key', '--dashboard-listen', '--dashboard-url'],
    ...['--trusted-proxy', '--database-url', '--database-pool', '--database-statement-timeout'],
    ...['--oidc-issuer', '--oidc-client-id', '--oidc-client-secret-file', '--oidc-scope', '--oidc-groups-claim'],
    '--oidc-role',
    ...['--recipient', '--recipients-file', '--passphrase-file', '--identity'],
    ...['--host', '--label', '--only', '--add-prefix', '--keep-env', '--allow-env', '--mount', '--divider'],
    ...['--in', '--example', '--fallback', '--max-age', '--reference', '--template'],
    ...['--field-stdin', '--field-file', '--field-env', '--field-prompt'],
    ...[
      'ACTION',
      'SESSION',
      'SHELL',
      'FOLDER',
      '--for',
      '--shares',
      '--threshold',
      '--share',
      '--restore',
      '--file',
      '--format',
    ],
  ],
}

interface Command {
  default: {args?: Record<string, Arg<unknown>>; flags?: Record<string, Flag<unknown>>}
}

const commands = import.meta.glob<Command>('../../../src/commands/**/*.ts', {eager: true})

interface Taken {
  command: string
  /** As it stands in help: KEY, --scope. */
  word: string
  parse: (text: string) => Promise<unknown>
}

/** Every flag with a value and every argument of every command. Profiles are names of this machine alone. */
const taken: Taken[] = Object.entries(commands).flatMap(([path, {default: command}]) => {
  const id = path.replace(/^.*commands\/|\.ts$/g, '').replaceAll('/', ' ')
  if (id.startsWith('profile ')) return []
  const one = (word: string, thing: Arg<unknown> | Flag<unknown>): Taken => ({
    command: id,
    word,
    parse: async (text) => (thing.parse as (...given: unknown[]) => Promise<unknown>)(text, {}, thing),
  })
  return [
    ...Object.entries(command.args ?? {}).map(([name, arg]) => one(name.toUpperCase(), arg)),
    ...Object.entries(command.flags ?? {}).flatMap(([name, flag]) =>
      flag.type === 'option' ? [one(`--${name}`, flag)] : [],
    ),
  ]
})

const of = (kind: string) => taken.filter(({word}) => kinds[kind]!.includes(word))
const cases = (table: readonly HostileText[]) => table.map(([what, text]) => ({what, text}))

/** What comes of a text: nothing, for what is taken. */
async function refusalOf({parse}: Taken, text: string): Promise<unknown> {
  return parse(text).then(
    () => null,
    (error: unknown) => error,
  )
}

test('each flag and argument that takes a text is known for what it takes', () => {
  const known = Object.values(kinds).flat()
  expect(taken.filter(({word}) => !known.includes(word)).map(({command, word}) => `${command} ${word}`)).toEqual([])
  expect(of('name').length).toBeGreaterThan(90)
})

describe.each(['name', 'line'])('wherever a %s is typed', (kind) => {
  test.each(cases(kind === 'name' ? badNames : badLines))('$what is refused by what it is called', async ({text}) => {
    const canary = newCanary()
    for (const one of of(kind)) {
      const where = `${one.command} ${one.word}`
      const error = await refusalOf(one, text(canary))
      expect(error, where).toBeInstanceOf(PosternError)
      const {code, message} = error as PosternError
      expect({where, code, message}).toEqual({where, code: 'usage', message: expect.stringContaining(one.word)})
      expect(message).not.toContain(canary)
    }
  })
})

/** No argv holds NUL. */
const typed = (table: readonly HostileText[]) => cases(table.filter(([, text]) => !text('').includes('\0')))

describe('a whole command ends with 2 and repeats nothing', () => {
  const ends = async (command: typeof SecretSet | typeof SecretDescribe, argv: string[], canary: string) => {
    const {exit, stdout, stderr} = await run(command, 'secret:command', argv, {input: 'value'})
    expect(exit).toBe(2)
    expect(stdout + stderr).not.toContain(canary)
  }

  test.each(typed(badNames))('for a name that is $what', async ({text}) => {
    const canary = newCanary()
    const bad = text(canary)
    await ends(SecretSet, ['--scope', bad, 'KEY'], canary)
    await ends(SecretSet, ['--scope', 'production', bad], canary)
    await ends(SecretSet, ['--scope', 'production', '--org', bad, 'KEY'], canary)
    await ends(SecretSet, [`--scope=${bad}`, 'KEY', '--json'], canary)
  })

  // Nothing takes an owner or a note away.
  test.each(typed(badLines).filter(({what}) => what !== 'nothing'))('for a line that is $what', async ({text}) => {
    const canary = newCanary()
    for (const flag of ['--owner', '--note'])
      await ends(SecretDescribe, ['--scope', 'production', 'KEY', flag, text(canary)], canary)
  })
})
