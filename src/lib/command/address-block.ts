import {isIP} from 'node:net'
import {string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'

/** The CIDR block that is typed, one address being the block of itself alone; null: it is neither. */
export function blockOf(text: string): string | null {
  const [address = '', bits, ...more] = text.split('/')
  const most = {0: null, 4: 32, 6: 128}[isIP(address)] ?? null
  if (most === null || address.includes('%') || more.length > 0) return null
  if (bits === undefined) return `${address}/${most}`
  return /^(0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= most ? text : null
}

/** Addresses that something is bound to. */
export const cidrFlag = {
  cidr: string({
    helpValue: 'CIDR',
    multiple: true,
    multipleNonGreedy: true,
    summary: 'Addresses that it may come from, as in 10.0.0.0/8; one address stands for itself. Repeat for more.',
    parse: async (text) => {
      const block = blockOf(text)
      if (block !== null) return block
      throw new PosternError(
        'usage',
        '--cidr is not right: it is a block, as in 10.0.0.0/8 or 2001:db8::/32, or an address.',
      )
    },
  }),
}
