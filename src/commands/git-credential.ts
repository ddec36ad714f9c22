import {string as stringArg} from '@oclif/core/args'
import {string} from '@oclif/core/flags'
import {fromWire} from '../client/wire-value.ts'
import {isKey, isNote, isScope, KEY_RULE, NOTE_RULE, SCOPE_RULE} from '../contract/name-rules.ts'
import type {ValueType} from '../contract/value-type.ts'
import {PosternCommand} from '../lib/command/base.ts'
import {optionalScopeFlags, ruled} from '../lib/command/flags.ts'

export default class GitCredential extends PosternCommand<typeof GitCredential> {
  static override enableJsonFlag = false
  static override summary = 'Give git a password, as a credential helper'
  static override description =
    'Git calls it with get, store or erase, and says on stdin whom it talks to. A secret goes to the host of --for and to no other. With --scope it is revealed (secrets.reveal, in the audit log); without, it comes from an environment, as to postern run: that is for workloads. Nothing is ever stored: set the secret with postern secret set.'
  static override examples = [
    "git config --global credential.https://git.example.com.helper ''",
    'git config --global --add credential.https://git.example.com.helper "!<%= config.bin %> git-credential --for https://git.example.com --scope ci --key GIT_TOKEN"',
  ]
  static override args = {
    action: stringArg({required: true, ignoreStdin: true, description: 'What git wants: get, store or erase.'}),
  }
  static override flags = {
    ...optionalScopeFlags,
    for: string({
      helpValue: 'URL',
      required: true,
      summary: 'The host that the secret is for: https://git.example.com',
    }),
    environment: string({
      char: 'e',
      helpValue: 'ENV',
      summary: 'The environment that gives the secret. A token that is bound to one needs none.',
      exclusive: ['scope'],
      parse: ruled('--environment', isScope, SCOPE_RULE),
    }),
    key: string({
      char: 'k',
      helpValue: 'KEY',
      required: true,
      summary: 'The secret: a token, or fields username and password.',
      parse: ruled('--key', isKey, KEY_RULE),
    }),
    username: string({
      helpValue: 'NAME',
      summary: 'The user that it is the password of; else whom git names, or x-access-token.',
      parse: ruled('--username', isNote, NOTE_RULE),
    }),
  }

  async run() {
    const {flags, world} = this
    const {action} = this.args
    const {answerOf, pinnedOrigin, requestIn} = await import('../lib/git-credential/protocol.ts')
    const {text} = await import('node:stream/consumers')
    const pinned = pinnedOrigin(flags.for)
    const {origin, username} = requestIn(await text(world.stdin))
    if (origin !== pinned) return
    const where = flags.scope === undefined ? 'the environment' : flags.scope
    if (action === 'erase') this.warn(`${pinned} did not take ${flags.key} of ${where}.`)
    // Others may come: a helper leaves alone what it does not know.
    if (action !== 'get') return
    const answer = answerOf(await this.secret(), {asked: username, named: flags.username})
    if (answer !== null) world.stdout.write(answer)
  }

  private async secret(): Promise<{type: ValueType; bytes: Buffer}> {
    const {scope, key, environment} = this.flags
    const client = await this.client()
    if (scope !== undefined) {
      const {items} = await client.call('secretsReveal', {params: {org: client.org}, query: {scope, key}})
      const {type, value} = items[0]!
      return {type, bytes: fromWire(value)}
    }
    const {keyOf} = await import('../lib/git-credential/key-of.ts')
    const {type, value} = await keyOf(client, environment, key)
    return {type, bytes: value.bytes()}
  }
}
