import {isIP} from 'node:net'
import ipaddr from 'ipaddr.js'

/** Whether `text` is a CIDR block in its plain form: ipaddr.js also takes what C did, as 010.1/16, and reads it as octal. */
export function isBlock(text: string): boolean {
  const [address = '', bits = ''] = text.split('/')
  return isIP(address) !== 0 && /^(0|[1-9]\d*)$/.test(bits) && ipaddr.isValidCIDR(text)
}

/** Whether `address` lies in one of the blocks; null blocks: any address does. What is no address lies in none. */
export function isWithin(blocks: readonly string[] | null, address: string | null): boolean {
  if (blocks === null) return true
  if (address === null || !ipaddr.isValid(address)) return false
  // `process`: an IPv4 client of an IPv6 listener comes as ::ffff:a.b.c.d.
  const at = ipaddr.process(address)
  return blocks.some((block) => {
    const [net, bits] = ipaddr.parseCIDR(block)
    return net.kind() === at.kind() && at.match(net as never, bits)
  })
}

/** Under what an address is counted: IPv6 by its first 64 bits, of which whoever has one has 2^64. */
export function siteOf(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const at = ipaddr.process(address)
  return at.kind() === 'ipv4' ? at.toString() : `${Buffer.from(at.toByteArray().slice(0, 8)).toString('hex')}/64`
}

/** Whether every address of the blocks `inner` lies in a block of `outer`; null: all addresses. */
export function holdsBlocks(outer: readonly string[] | null, inner: readonly string[] | null): boolean {
  if (outer === null) return true
  if (inner === null) return false
  return inner.every((block) => {
    const [net, bits] = ipaddr.parseCIDR(block)
    return outer.some((one) => {
      const [wider, most] = ipaddr.parseCIDR(one)
      return wider.kind() === net.kind() && most <= bits && net.match(wider as never, most)
    })
  })
}
