import {fromWire} from '../../client/wire-value.ts'
import type {Client} from '../command/base.ts'
import {canAsk} from '../command/confirm.ts'
import type {World} from '../command/world.ts'
import {table} from '../output/table.ts'
import {valueText} from '../output/value.ts'
import {consentToReveal} from './consent.ts'

/** Lists the secrets of a scope with their values, after a yes where there is a terminal. @throws PosternError as consent and the server. */
export async function listRevealed(scope: string, world: World, client: () => Promise<Client>) {
  await consentToReveal(`Reveal all secrets of ${scope}?`, !canAsk(world), world)
  const to = await client()
  const reply = await to.call('secretsReveal', {params: {org: to.org}, query: {scope}})
  const rows = reply.items.map(({key, version, value}) => [
    key,
    String(version),
    valueText(fromWire(value), {lines: false}),
  ])
  return {reply, text: rows.length === 0 ? '' : await table(['key', 'version', 'value'], rows, world.stdoutIsTerminal)}
}
