import {describe, expect, test} from 'vitest'
import {PosternError} from '../../../src/client/error.ts'
import {choose} from '../../../src/lib/value-input/choose.ts'
import type {ValueFlags} from '../../../src/lib/value-input/flags.ts'

const onTerminal = {stdinIsTerminal: true, stderrIsTerminal: true}
const piped = {stdinIsTerminal: false, stderrIsTerminal: true}
const sha = 'ab'.repeat(32)

describe('chooses', () => {
  test.each<[string, ValueFlags, typeof piped, object]>([
    ['the prompt on a terminal', {}, onTerminal, {mode: 'prompt', trims: false}],
    ['stdin without one', {}, piped, {mode: 'stdin', trims: true}],
    ['stdin without any terminal', {}, {stdinIsTerminal: false, stderrIsTerminal: false}, {mode: 'stdin'}],
    ['--prompt', {prompt: true}, onTerminal, {mode: 'prompt'}],
    ['--from-stdin', {'from-stdin': true}, piped, {mode: 'stdin', trims: true}],
    ['--from-file', {'from-file': 'a/b'}, onTerminal, {mode: 'file', path: 'a/b', trims: true}],
    ['--from-file - as stdin', {'from-file': '-'}, piped, {mode: 'stdin', trims: true}],
    ['--from-env', {'from-env': 'VAR'}, onTerminal, {mode: 'env', name: 'VAR', trims: false}],
    ['--value', {value: 'x'}, piped, {mode: 'argv', text: 'x', trims: false}],
    ['--value ""', {value: ''}, onTerminal, {mode: 'argv', text: ''}],
    ['--generate', {generate: 'hex:32'}, piped, {mode: 'generate', form: {kind: 'hex', size: 32}, trims: false}],
    ['no trimming with --no-trim', {'no-trim': true}, piped, {trims: false}],
    ['no trimming with --binary', {binary: true}, piped, {trims: false, binary: true}],
    ['a fingerprint in either case', {'confirm-fingerprint': sha.toUpperCase()}, piped, {fingerprint: sha}],
    ['an empty value if allowed', {'allow-empty': true}, piped, {allowEmpty: true}],
  ])('%s', (_, flags, terminal, source) => {
    expect(choose(flags, terminal)).toMatchObject(source)
  })
})

describe('refuses, before anything is read', () => {
  test.each<[string, ValueFlags, typeof piped, string[]]>([
    ['two modes', {'from-stdin': true, value: 'hunter2'}, piped, ['--from-stdin', '--value']],
    ['an empty --value beside another', {'from-file': 'hunter2', value: ''}, piped, ['--from-file', '--value']],
    [
      'all five',
      {prompt: true, 'from-stdin': true, 'from-file': 'hunter2', 'from-env': 'hunter2', value: 'hunter2'},
      piped,
      ['--prompt', '--from-stdin', '--from-file', '--from-env', '--value'],
    ],
    ['--prompt without a terminal', {prompt: true}, piped, ['--from-stdin']],
    ['a prompt that nobody sees', {}, {stdinIsTerminal: true, stderrIsTerminal: false}, ['--from-stdin']],
    ['--from-stdin on a terminal', {'from-stdin': true}, onTerminal, ['--prompt']],
    ['--from-file - on a terminal', {'from-file': '-'}, onTerminal, ['--prompt']],
    ['--no-trim with --value', {'no-trim': true, value: 'hunter2'}, piped, ['--no-trim']],
    ['--no-trim with --from-env', {'no-trim': true, 'from-env': 'V'}, piped, ['--no-trim']],
    ['--no-trim with the prompt', {'no-trim': true}, onTerminal, ['--no-trim']],
    ['--binary with --value', {binary: true, value: 'hunter2'}, piped, ['--binary']],
    ['--binary with the prompt', {binary: true}, onTerminal, ['--binary']],
    ['a short fingerprint', {'confirm-fingerprint': 'hunter2'}, piped, ['--confirm-fingerprint']],
    ['a fingerprint of other characters', {'confirm-fingerprint': 'g'.repeat(64)}, piped, ['--confirm-fingerprint']],
    ['--generate beside another', {generate: 'uuid', 'from-env': 'hunter2'}, piped, ['--generate', '--from-env']],
    ['--generate with a fingerprint', {generate: 'uuid', 'confirm-fingerprint': sha}, piped, ['--confirm-fingerprint']],
    ['--generate of bytes', {generate: 'uuid', binary: true}, piped, ['--binary']],
    ['--generate without trimming', {generate: 'uuid', 'no-trim': true}, piped, ['--no-trim']],
    ['--generate in a form that is none', {generate: 'hunter2'}, piped, ['hex:32']],
    ['a value where a variable is named', {'from-env': 'hunter2!'}, piped, ['--from-env']],
  ])('%s', (_, flags, terminal, names) => {
    const error = errorOf(() => choose(flags, terminal))
    expect(error.code).toBe('usage')
    const text = JSON.stringify(error)
    for (const name of names) expect(text).toContain(name)
    expect(text).not.toContain('hunter2')
  })
})

function errorOf(act: () => unknown): PosternError {
  try {
    act()
  } catch (error) {
    if (error instanceof PosternError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
