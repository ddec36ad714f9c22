import {expect, test} from 'vitest'
import {SecretValue} from '../../../src/formats/secret-value.ts'
import {maskedOf} from '../../../src/sdk/mask/masked-values.ts'

test.each<[string, 'string' | 'fields' | 'file', string, string[]]>([
  ['a text', 'string', 'hunter2', ['hunter2']],
  ['a file', 'file', '{"password":"hunter2"}', ['{"password":"hunter2"}']],
  [
    'several fields',
    'fields',
    '{"password":"hunter2","user":"ann"}',
    ['{"password":"hunter2","user":"ann"}', 'hunter2', 'ann'],
  ],
])('of %s is masked what a program may write of it', (_, type, text, masked) => {
  const value = new SecretValue(Buffer.from(text))
  expect(maskedOf({type, value}).map((bytes) => Buffer.from(bytes).toString())).toEqual(masked)
})
