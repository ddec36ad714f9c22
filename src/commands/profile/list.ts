import {PosternCommand} from '../../lib/command/base.ts'

export default class ProfileList extends PosternCommand<typeof ProfileList> {
  static override summary = 'List the servers that you are signed in to'
  static override examples = ['<%= config.bin %> profile list']

  async run() {
    const {openProfiles} = await import('../../lib/profile/profiles.ts')
    const {table} = await import('../../lib/output/table.ts')
    const profiles = openProfiles(this.world.env)
    const items = profiles.names().map((name) => {
      const {url, org, tokenIn} = profiles.get(name)!
      return {name, url, org, tokenIn, current: name === profiles.current()}
    })
    if (items.length === 0) this.world.stderr.write('No profiles. Sign in: postern login URL\n')
    else {
      const rows = items.map(({name, url, org, tokenIn, current}) => [name, url, org, tokenIn, current ? 'in use' : ''])
      this.log(await table(['profile', 'url', 'org', 'token in', ''], rows, this.world.stdoutIsTerminal))
    }
    return {items}
  }
}
