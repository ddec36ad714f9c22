import {PosternCommand} from '../lib/command/base.ts'

export default class Whoami extends PosternCommand<typeof Whoami> {
  static override summary = 'Show who you are to the server, and what you may do'
  static override examples = ['<%= config.bin %> whoami', '<%= config.bin %> whoami --json']

  async run() {
    const client = await this.client()
    const who = await client.call('whoami', {params: {}})
    const {origin} = client.connection
    this.log(
      `${who.actor.name} (${who.role}) of ${who.org} on ${origin}${client.profile === null ? '' : `, profile ${client.profile}`}`,
    )
    this.log(`Expires: ${who.expiresAt ?? 'never'}`)
    if (who.scopes !== null) this.log(`Bound to: ${who.scopes.join(', ')}`)
    if (who.cidrs !== null) this.log(`From: ${who.cidrs.join(', ')}`)
    this.log(`May: ${who.permissions.join(', ')}`)
    return {...who, url: origin, profile: client.profile}
  }
}
