import {boolean, string} from '@oclif/core/flags'
import * as fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {PosternCommand} from '../../../src/lib/command/base.ts'
import {dryRunFlag, expectVersionFlag, keyArg, scopeFlags} from '../../../src/lib/command/flags.ts'
import {run} from './run.ts'

class Probe extends PosternCommand<typeof Probe> {
  static override args = {key: keyArg}
  static override flags = {
    ...scopeFlags,
    ...dryRunFlag,
    ...expectVersionFlag,
    value: string(),
    prompt: boolean(),
    'from-stdin': boolean({exclusive: ['prompt']}),
    kind: string({options: ['one', 'two']}),
    all: string({relationships: [{type: 'all', flags: ['kind', 'prompt']}]}),
    some: string({relationships: [{type: 'some', flags: ['kind', 'prompt']}]}),
  }

  async run(): Promise<object> {
    this.log('done')
    return {flags: this.flags, args: this.args}
  }
}

const probe = (argv: string[], given: Parameters<typeof run>[3] = {}) => run(Probe, 'secret:set', argv, given)

describe('what is typed wrongly is refused with exit 2, by name alone', () => {
  test.each<[string, string[], string]>([
    ['a value after KEY', ['-s', 'p', 'KEY', 'hunter2'], 'a value is never an argument'],
    ['a value after --', ['-s', 'p', 'KEY', '--', 'hunter2'], 'a value is never an argument'],
    ['KEY=value', ['-s', 'p', 'KEY=hunter2'], 'KEY is not right'],
    ['a boolean with a value', ['-s', 'p', '--prompt=hunter2', 'KEY'], '--prompt takes no value'],
    ['a flag misspelt', ['-s', 'p', '--vlaue=hunter2', 'KEY'], 'no flag --vlaue. Did you mean --value?'],
    ['an unknown flag that is no name', ['-s', 'p', 'KEY', '--hunter2'], 'no flag like word 4'],
    ['an unknown short cluster', ['-s', 'p', 'KEY', '-hunter2'], 'no flag like word 4'],
    ['no scope', ['KEY'], '--scope is missing'],
    ['no KEY', ['-s', 'p'], 'Missing: KEY'],
    ['nothing', [], 'Missing: KEY'],
    ['a wrong scope', ['-s', 'hunter2/..', 'KEY'], '--scope is not right'],
    ['a wrong org', ['-s', 'p', '--org', 'hunter2/x', 'KEY'], '--org is not right'],
    ['a flag twice', ['-s', 'p', '-s', 'hunter2', 'KEY'], '--scope was given twice'],
    ['a wrong number', ['-s', 'p', '--expect-version', 'hunter2', 'KEY'], '--expect-version takes a whole number'],
    ['not one of the options', ['-s', 'p', '--kind', 'hunter2', 'KEY'], '--kind takes one of: one, two'],
    ['flags that exclude each other', ['-s', 'p', '--from-stdin', '--prompt', 'KEY'], 'exclude each other'],
    [
      'a flag without all beside it',
      ['-s', 'p', '--all', 'hunter2', '--kind', 'one', 'KEY'],
      '--all needs --prompt beside it',
    ],
    [
      'a flag without any beside it',
      ['-s', 'p', '--some', 'hunter2', 'KEY'],
      '--some needs --kind or --prompt beside it',
    ],
    ['no value', ['-s', 'p', 'KEY', '--value'], '--value needs a value'],
    ['a flag for a value', ['-s', 'p', 'KEY', '--value', '--prompt'], '--value needs a value; one that looks'],
  ])('%s', async (_, argv, says) => {
    const text = await probe(argv)
    expect(text).toMatchObject({exit: 2, stdout: ''})
    expect(text.stderr).toContain(says)
    expect(text.stderr).not.toContain('hunter2')

    const json = await probe(['--json', ...argv])
    expect(json).toMatchObject({exit: 2, stderr: ''})
    expect(JSON.parse(json.stdout).error).toMatchObject({
      code: 'usage',
      next: expect.stringContaining('postern secret set'),
    })
    expect(json.stdout).not.toContain('hunter2')
  })
})

test('what is piped in is not taken for KEY', async () => {
  expect(await probe(['-s', 'p'], {input: 'HUNTER2\n'})).toMatchObject({exit: 2})
})

test('a result goes to stdout, as text or as JSON', async () => {
  expect(await probe(['-s', 'p', 'KEY'])).toMatchObject({exit: 0, stdout: 'done\n', stderr: ''})
  expect(JSON.parse((await probe(['-s', 'p', 'KEY', '--json'])).stdout)).toMatchObject({args: {key: 'KEY'}})
})

test.each(['--__proto__', '--constructor', '--toString', '--prompt', '-s', '--'])(
  '--value=%s is that value',
  async (value) => {
    expect(await probe(['-s', 'p', 'KEY', `--value=${value}`])).toMatchObject({exit: 0, result: {flags: {value}}})
  },
)

test('any text after --value= is that value', async () => {
  const text = fc.string({unit: 'binary', maxLength: 30}).filter((t) => !t.includes('\0'))
  const dashed = fc
    .tuple(fc.constantFrom('-', '--', '-s', '--prompt', '--scope=', '--json'), text)
    .map((t) => t.join(''))
  await fc.assert(
    fc.asyncProperty(fc.oneof(text, dashed), async (value) => {
      const {exit, result} = await probe(['-s', 'p', 'KEY', `--value=${value}`])
      expect(exit).toBe(0)
      expect(result).toMatchObject({flags: {value}})
    }),
  )
})

test('no error repeats a word that was typed', async () => {
  const canary = 'cANARY7'
  const word = fc.oneof(
    fc.constantFrom('KEY', '-s', 'p', '--scope', '--value', '--prompt', '--json', '--', '-', '--dry-run', '--kind'),
    fc
      .tuple(
        fc.constantFrom('', '-', '--', '--prompt=', '--scope=', '--x=', 'KEY=', '-s=', '-s', '../'),
        fc.constant(canary),
      )
      .map((t) => t.join('')),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(word, {maxLength: 7}), async (argv) => {
      const {exit, stdout, stderr} = await probe(argv)
      expect([0, 2]).toContain(exit)
      if (exit !== 0) expect(stdout + stderr).not.toContain(canary)
    }),
    {numRuns: 500},
  )
})

test('a bug of Postern itself shows where it is, and nothing of what was typed', async () => {
  class Broken extends PosternCommand<typeof Broken> {
    async run() {
      throw new TypeError('invalid header value: hunter2\nhunter2')
    }
  }
  const {exit, stderr} = await run(Broken, 'broken', [], {env: {POSTERN_DEBUG: '1'}})
  expect([exit, stderr.includes('hunter2')]).toEqual([1, false])
  expect(stderr).toMatch(/^TypeError\n {4}at .*base\.test\.ts/m)
})
