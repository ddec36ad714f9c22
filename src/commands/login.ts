import {join} from 'node:path'
import {string as stringArg} from '@oclif/core/args'
import {boolean, string} from '@oclif/core/flags'
import {PosternError} from '../client/error.ts'
import {PosternCommand} from '../lib/command/base.ts'
import {orgFlag} from '../lib/command/flags.ts'
import type {Trust} from '../lib/profile/trust.ts'

export default class Login extends PosternCommand<typeof Login> {
  static override summary = 'Sign in to a server, and keep its CA and the token in a profile'
  static override description =
    'With URL, the token is asked for. Without, an enrolment string is: the server writes one at its first start.\nThe token never goes into argv. It is kept in the keychain of the OS where there is one, else in a 0600 file.'
  static override examples = [
    '<%= config.bin %> login --local /var/lib/postern',
    '<%= config.bin %> login https://postern.example:8443',
    '<%= config.bin %> login https://postern.example:8443 --sso',
    '<%= config.bin %> login https://postern.example:8443 --device',
    '<%= config.bin %> login < enrolment.txt',
    '<%= config.bin %> login https://postern.example:8443 --from-env CI_POSTERN_TOKEN --ca-file ca.crt --profile ci',
  ]
  static override args = {
    url: stringArg({ignoreStdin: true, description: 'URL of the server, as in https://postern.example:8443.'}),
  }
  static override flags = {
    ...orgFlag,
    local: string({
      helpValue: 'DIR',
      exclusive: ['from-stdin', 'from-file', 'from-env', 'sso', 'device'],
      summary: "Take the enrolment from a server's data folder on this machine.",
    }),
    'from-stdin': boolean({
      summary: 'Read the token or enrolment string from stdin (the default without a terminal).',
    }),
    'from-file': string({helpValue: 'PATH', summary: 'Read it from a file; - is stdin.'}),
    'from-env': string({helpValue: 'VAR', summary: 'Take it from an environment variable.'}),
    'ca-file': string({
      helpValue: 'PATH',
      exclusive: ['ca-fingerprint'],
      summary: 'Trust the CA certificate in this file.',
    }),
    'ca-fingerprint': string({helpValue: 'HEX', summary: 'Trust the CA with this SHA-256 fingerprint.'}),
    sso: boolean({
      exclusive: ['local', 'from-stdin', 'from-file', 'from-env', 'device'],
      summary: 'Sign in as yourself, with the browser on this machine, where the server has single sign-on.',
    }),
    device: boolean({
      exclusive: ['local', 'from-stdin', 'from-file', 'from-env'],
      summary: 'The same with a browser anywhere: it asks for a code that is shown here.',
    }),
    'insecure-http': boolean({summary: 'Allow plain http:// beyond this machine.'}),
  }

  async run() {
    const [{readEnrolment, readToken}, {originOf}, {signIn}, {trustedCa}, {isProfileName, PROFILE_RULE}] =
      await Promise.all([
        import('../lib/profile/token-input.ts'),
        import('../lib/profile/origin.ts'),
        import('../lib/profile/sign-in.ts'),
        import('../lib/profile/trust.ts'),
        import('../lib/profile/profiles.ts'),
      ])
    const {env} = this.world
    const name = this.flags.profile ?? (env.POSTERN_PROFILE || 'default')
    if (!isProfileName(name)) throw new PosternError('usage', `The profile's name is not right: it is ${PROFILE_RULE}.`)
    const given = this.givenTrust()
    const source = this.source()
    if (this.args.url === undefined && (this.flags.sso || this.flags.device))
      throw new PosternError('usage', '--sso and --device take the URL of the server: postern login URL --sso')
    const enrolment = this.args.url === undefined ? await readEnrolment(source, this.world) : null
    const insecure = this.flags['insecure-http'] ?? false
    const origin = originOf(enrolment?.url ?? this.args.url!, 'The URL', insecure)
    const ca = await trustedCa(origin, given ?? trustOf(enrolment), name, this.world)
    const token = enrolment?.token ?? (await this.bySso(origin, ca)) ?? (await readToken(source, this.world))

    const {profile, who, auditKeyChanged} = await signIn(env, name, {origin, ca, token, org: this.flags.org})
    const {org, tokenIn} = profile
    this.log(`Signed in to ${origin} as ${who.actor.name} (${who.role}) of ${org}; profile ${name} is in use.`)
    if (tokenIn === 'file')
      this.world.stderr.write('No keychain answers here: the token is kept in a file that only you can read.\n')
    if (auditKeyChanged)
      this.warn(
        'this server signs its audit log with another key than at the last sign-in. Ask why before you trust it.',
      )
    return {profile: name, url: origin, org, actor: who.actor.name, role: who.role, tokenIn, auditKeyChanged}
  }

  /** The credential of a person; null: it is to be a token. */
  private async bySso(origin: string, ca: string | null): Promise<string | null> {
    const {sso, device, 'insecure-http': insecure = false} = this.flags
    if (!sso && !device) return null
    const [{tokenByBrowser, tokenByCode}, {connect}] = await Promise.all([
      import('../lib/profile/sso.ts'),
      import('../lib/profile/resolve-connection.ts'),
    ])
    const to = connect({origin, token: null, ca, env: this.world.env})
    return (device ? tokenByCode : tokenByBrowser)(to, this.world, insecure)
  }

  private givenTrust(): Trust | null {
    const {'ca-file': path, 'ca-fingerprint': typed} = this.flags
    if (path !== undefined) return {by: 'ca-file', path}
    if (typed === undefined) return null
    const hex = typed.replaceAll(':', '').toLowerCase()
    if (/^[0-9a-f]{64}$/.test(hex)) return {by: 'fingerprint', hex}
    throw new PosternError('usage', '--ca-fingerprint takes a SHA-256 as 64 hex digits.')
  }

  private source() {
    const {local, 'from-stdin': fromStdin, 'from-file': fromFile, 'from-env': fromEnv} = this.flags
    if (local === undefined) return {'from-stdin': fromStdin, 'from-file': fromFile, 'from-env': fromEnv}
    if (this.args.url !== undefined)
      throw new PosternError('usage', '--local takes the URL from the data folder, too: leave URL away.')
    return {'from-file': join(local, 'owner-enrolment')}
  }
}

const trustOf = (enrolment: {caFingerprint: string | null} | null): Trust => {
  if (enrolment === null) return {by: 'asking'}
  return enrolment.caFingerprint === null ? {by: 'system'} : {by: 'fingerprint', hex: enrolment.caFingerprint}
}
