import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {PosternError} from '../../../src/client/error.ts'
import {childEnvironment, type EnvironmentRules} from '../../../src/lib/run/child-environment.ts'
import {newCanary} from '../../world/canary.ts'
import {items} from './resolved.ts'

const plain: EnvironmentRules = {clean: false, keep: [], preserve: false, prefix: '', allow: []}
const none = new Map<string, string>()

interface Row {
  does: string
  inherited?: Record<string, string>
  store?: Record<string, string>
  paths?: Record<string, string>
  rules?: Partial<EnvironmentRules>
  gives: Record<string, string>
}

const usual = {PATH: '/bin', HOME: '/home/a', LC_ALL: 'C', LD_PRELOAD: 'x.so', AWS_KEY: 'inherited', TERM: 'xterm'}

test.each<Row>([
  {does: 'adds what the store gives', inherited: {A: '1'}, store: {B: '2'}, gives: {A: '1', B: '2'}},
  {does: 'lets the store win', inherited: {A: 'inherited'}, store: {A: 'stored'}, gives: {A: 'stored'}},
  {
    does: 'lets what is inherited win with --preserve-env, an empty one too',
    inherited: {A: 'inherited', B: ''},
    store: {A: 'stored', B: 'stored', C: 'stored'},
    rules: {preserve: true},
    gives: {A: 'inherited', B: '', C: 'stored'},
  },
  {
    does: 'keeps what is inherited and runs code: only the store is refused it',
    inherited: usual,
    gives: usual,
  },
  {
    does: 'inherits only what is needed with --clean-env',
    inherited: {
      ...usual,
      LANG: 'C',
      TZ: 'UTC',
      TMPDIR: '/t',
      USER: 'a',
      LOGNAME: 'a',
      SHELL: '/bin/sh',
      LC_: '',
      LCX: '1',
    },
    store: {DB: 'stored'},
    rules: {clean: true},
    gives: {
      ...{PATH: '/bin', HOME: '/home/a', LC_ALL: 'C', TERM: 'xterm', LANG: 'C', TZ: 'UTC', TMPDIR: '/t'},
      ...{USER: 'a', LOGNAME: 'a', SHELL: '/bin/sh', LC_: '', DB: 'stored'},
    },
  },
  {
    does: 'inherits those of --keep-env too',
    inherited: usual,
    rules: {clean: true, keep: ['AWS_KEY', 'NOT_THERE']},
    gives: {PATH: '/bin', HOME: '/home/a', LC_ALL: 'C', TERM: 'xterm', AWS_KEY: 'inherited'},
  },
  {
    does: 'does not preserve what --clean-env took away',
    inherited: {AWS_KEY: 'inherited'},
    store: {AWS_KEY: 'stored'},
    rules: {clean: true, preserve: true},
    gives: {AWS_KEY: 'stored'},
  },
  {
    does: 'never hands Postern’s own credential on',
    inherited: {POSTERN_TOKEN: 't', POSTERN_TOKEN_FILE: 'f', POSTERN_TOKEN_OTHER: 'o', POSTERN_URL: 'u', A: '1'},
    rules: {keep: ['POSTERN_TOKEN']},
    gives: {POSTERN_URL: 'u', A: '1'},
  },
  {
    does: 'not even with --clean-env and --keep-env',
    inherited: {POSTERN_TOKEN: 't', A: '1'},
    rules: {clean: true, keep: ['POSTERN_TOKEN', 'A']},
    gives: {A: '1'},
  },
  {
    does: 'prefixes keys',
    inherited: {KEY: '1'},
    store: {KEY: '2'},
    rules: {prefix: 'APP_'},
    gives: {KEY: '1', APP_KEY: '2'},
  },
  {
    does: 'takes an allowed name',
    store: {NODE_OPTIONS: '--x'},
    rules: {allow: ['NODE_OPTIONS']},
    gives: {NODE_OPTIONS: '--x'},
  },
  {
    does: 'asks about the name that comes of the prefix',
    store: {PATH: '1'},
    rules: {prefix: 'MY_'},
    gives: {MY_PATH: '1'},
  },
  {
    does: 'does not ask about what is not taken from the store',
    inherited: {PATH: '/bin'},
    store: {PATH: '/evil'},
    rules: {preserve: true},
    gives: {PATH: '/bin'},
  },
  {
    does: 'gives paths of mounted files',
    store: {A: '1'},
    paths: {CERT: '/run/cert'},
    gives: {A: '1', CERT: '/run/cert'},
  },
  {
    does: 'lets a mount win over what is inherited',
    inherited: {CERT: 'x'},
    paths: {CERT: '/p'},
    rules: {preserve: true},
    gives: {CERT: '/p'},
  },
  {does: 'takes an empty value', store: {A: ''}, gives: {A: ''}},
  {
    does: 'takes text beyond ASCII, newlines and equals signs',
    store: {A: 'é\n=\u{1F600}='},
    gives: {A: 'é\n=\u{1F600}='},
  },
])('$does', ({inherited = {}, store = {}, paths = {}, rules, gives}) => {
  const made = childEnvironment(inherited, items(store), new Map(Object.entries(paths)), {...plain, ...rules})
  expect(Object.fromEntries(made)).toEqual(gives)
})

test('takes a key of any name as a name and nothing more', () => {
  const keys: [string, string][] = [
    ['__proto__', '1'],
    ['constructor', '2'],
    ['hasOwnProperty', '3'],
  ]
  expect([...childEnvironment({}, items(keys), none, plain)]).toEqual(keys)
})

describe('refuses, naming the key and never the value', () => {
  const value = newCanary()
  test.each<[string, Record<string, string | Uint8Array>, Partial<EnvironmentRules>, string[]]>([
    ['a name that runs code', {LD_PRELOAD: value}, {}, ['LD_PRELOAD', 'production', '--allow-env LD_PRELOAD']],
    ['several', {NODE_OPTIONS: value, BASH_ENV: value}, {}, ['NODE_OPTIONS', 'BASH_ENV']],
    ['another than the allowed one', {PATH: value}, {allow: ['NODE_OPTIONS']}, ['PATH']],
    ['one that the prefix makes', {OPTIONS: value}, {prefix: 'NODE_'}, ['NODE_OPTIONS']],
    ['Postern’s own credential, allowed or not', {POSTERN_TOKEN: value}, {allow: ['POSTERN_TOKEN']}, ['POSTERN_TOKEN']],
    [
      'one that the prefix makes of it',
      {TOKEN: value},
      {prefix: 'POSTERN_', allow: ['POSTERN_TOKEN']},
      ['POSTERN_TOKEN'],
    ],
    ['a NUL byte', {KEY: `${value}\0`}, {}, ['KEY', 'NUL', '--mount']],
    [
      'bytes that are no text',
      {KEY: Buffer.concat([Buffer.from(value), Buffer.from([0xff])])},
      {},
      ['KEY', 'UTF-8', '--mount'],
    ],
  ])('%s', (_, store, rules, says) => {
    const error = caught(() => childEnvironment({}, items(store), none, {...plain, ...rules}))
    expect(error.code).toBe('value_refused')
    const text = JSON.stringify(error.toJSON())
    for (const word of says) expect(text).toContain(word)
    expect(text).not.toContain(value)
  })
})

test('whatever is inherited and stored: the store’s text arrives unchanged, and nothing that nobody gave', () => {
  const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/).map((text) => `K${text}`)
  const text = fc.string({unit: 'grapheme', maxLength: 20}).filter((one) => !one.includes('\0') && one.isWellFormed())
  const some = fc.dictionary(name, text)
  fc.assert(
    fc.property(some, some, fc.boolean(), (inherited, store, preserve) => {
      const made = Object.fromEntries(childEnvironment(inherited, items(store), none, {...plain, preserve}))
      expect(made).toEqual(preserve ? {...store, ...inherited} : {...inherited, ...store})
    }),
  )
})

function caught(act: () => unknown): PosternError {
  try {
    act()
  } catch (error) {
    if (error instanceof PosternError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
