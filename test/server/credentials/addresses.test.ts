import {describe, expect, test} from 'vitest'
import {holdsBlocks, isBlock, isWithin} from '../../../src/server/credentials/addresses.ts'

describe('an address lies within blocks', () => {
  test.each<[string[] | null, string | null, boolean]>([
    [null, '10.0.0.1', true],
    [null, null, true],
    [[], '10.0.0.1', false],
    [['10.0.0.0/8'], '10.255.1.1', true],
    [['10.0.0.0/8'], '11.0.0.1', false],
    [['10.0.0.0/8'], '::ffff:10.0.0.1', true],
    [['10.0.0.1/32'], '10.0.0.1', true],
    [['10.0.0.1/32'], '10.0.0.2', false],
    [['192.0.2.0/24', 'fd00::/8'], 'fd12::1', true],
    [['0.0.0.0/0'], '::1', false],
    [['::/0'], '10.0.0.1', false],
    [['10.0.0.0/8'], null, false],
    [['10.0.0.0/8'], 'unknown', false],
  ])('%j holds %j: %j', (blocks, address, is) => {
    expect(isWithin(blocks, address)).toBe(is)
  })
})

describe('blocks lie within blocks', () => {
  test.each<[string[] | null, string[] | null, boolean]>([
    [null, null, true],
    [null, ['10.0.0.0/8'], true],
    [['10.0.0.0/8'], null, false],
    [['10.0.0.0/8'], ['10.1.0.0/16'], true],
    [['10.0.0.0/8'], ['10.0.0.0/8'], true],
    [['10.1.0.0/16'], ['10.0.0.0/8'], false],
    [['10.0.0.0/8'], ['10.1.0.0/16', '11.0.0.0/16'], false],
    [['10.0.0.0/8', '11.0.0.0/8'], ['10.1.0.0/16', '11.0.0.0/16'], true],
    [['fd00::/8'], ['fd12::/64'], true],
    [['fd00::/8'], ['10.0.0.0/16'], false],
  ])('%j holds all of %j: %j', (outer, inner, does) => {
    expect(holdsBlocks(outer, inner)).toBe(does)
  })
})

test.each<[string, boolean]>([
  ['10.0.0.0/8', true],
  ['0.0.0.0/0', true],
  ['10.1.2.3/16', true],
  ['fd00::/8', true],
  ['10.0.0.0', false],
  ['10.0.0.0/33', false],
  ['010.1.0.0/16', false],
  ['167837696/16', false],
  ['10.1/16', false],
  ['10.0.0.0/016', false],
  ['10.0.0.0/8/8', false],
  ['fd00::/129', false],
])('%j is a block: %j', (text, is) => {
  expect(isBlock(text)).toBe(is)
})
