import {expect, test} from 'vitest'
import {blockOf} from '../../../src/lib/command/address-block.ts'

test.each([
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['2001:db8::/32', '2001:db8::/32'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['192.0.2.7', '192.0.2.7/32'],
  ['2001:db8::7', '2001:db8::7/128'],
])('%s is the block %s', (text, block) => {
  expect(blockOf(text)).toBe(block)
})

test.each([
  '',
  'nowhere',
  '10.0.0.0/33',
  '10.0.0.0/08',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '010.1.1.1',
  '2001:db8::/129',
  'fe80::1%eth0',
  '10.0.0',
])('%j is none', (text) => {
  expect(blockOf(text)).toBeNull()
})
