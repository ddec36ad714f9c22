import {expect, test} from 'vitest'
import type {PosternError} from '../../../src/client/error.ts'
import type {Selector} from '../../../src/contract/routes/policy.ts'
import {type Chosen, selectorsOf} from '../../../src/lib/command/selectors.ts'

const none: Chosen = {operation: []}

test.each<{given: Chosen; speaksOf: Selector[]}>([
  {given: none, speaksOf: []},
  {given: {operation: ['secrets.set', 'secrets.set']}, speaksOf: [{by: 'operation', name: 'secrets.set'}]},
  {given: {...none, category: 'variables'}, speaksOf: [{by: 'category', name: 'variables'}]},
  {given: {...none, sensitivity: 'plaintext'}, speaksOf: [{by: 'sensitivity', name: 'plaintext'}]},
  {given: {...none, all: true}, speaksOf: [{by: 'all'}]},
])('$given speaks of $speaksOf', ({given, speaksOf}) => {
  expect(selectorsOf(given)).toEqual(speaksOf)
})

test.each<{given: Chosen; says: RegExp}>([
  {given: {operation: ['secret.set']}, says: /Did you mean secrets\.set\?/},
  {given: {operation: ['secrets.set', 'hunter2-hunter2']}, says: /Known: secrets\.set/},
  {given: {operation: ['policy.lock']}, says: /no such operation on the dashboard/},
  {given: {...none, category: 'secret'}, says: /Did you mean secrets\?/},
  {given: {...none, sensitivity: 'Plaintext'}, says: /Did you mean plaintext\?/},
  {given: {...none, category: 'secrets', all: true}, says: /Choose one of/},
  {given: {operation: ['secrets.set'], sensitivity: 'plaintext'}, says: /Choose one of/},
])('$given is refused', ({given, says}) => {
  let error: unknown
  try {
    selectorsOf(given)
  } catch (thrown) {
    error = thrown
  }
  expect(error).toMatchObject({code: 'usage'})
  const text = `${(error as PosternError).message} ${(error as PosternError).facts.next}`
  expect(text).toMatch(says)
  expect(text).not.toContain('hunter2')
})
