import {join} from 'node:path'
import {string as stringArg} from '@oclif/core/args'
import {boolean, string} from '@oclif/core/flags'
import {PosternError} from '../client/error.ts'
import {decodeEnrolment} from '../formats/enrolment.ts'
import {PosternCommand} from '../lib/command/base.ts'
import {canAsk, confirm} from '../lib/command/confirm.ts'
import {orgFlag} from '../lib/command/flags.ts'
import {isProfileName, PROFILE_RULE} from '../lib/profile/profiles.ts'

export default class Login extends PosternCommand<typeof Login> {
  static override summary = 'Sign in to a server, and keep its CA and the token in a profile'
  static override description =
    'With URL, the token is asked for. Without, an enrolment string is: the server writes one at its first start.\nThe token never goes into argv. It is kept in the keychain of the OS where there is one, else in a 0600 file.'
  static override examples = [
    '<%= config.bin %> login --local /var/lib/postern',
    '<%= config.bin %> login https://postern.example:8443 --ca-fingerprint 3f1c…',
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
      exclusive: ['from-stdin', 'from-file', 'from-env'],
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
    'insecure-http': boolean({summary: 'Allow plain http:// beyond this machine.'}),
  }

  async run() {
    const {readToken} = await import('../lib/profile/token-input.ts')
    const {originOf} = await import('../lib/profile/origin.ts')
    const {signIn, trustedCa} = await import('../lib/profile/sign-in.ts')
    const {env} = this.world
    const name = this.flags.profile ?? (env.POSTERN_PROFILE || 'default')
    if (!isProfileName(name)) throw new PosternError('usage', `--profile is not right: it is ${PROFILE_RULE}.`)
    const hex = this.flags['ca-fingerprint']?.replaceAll(':', '').toLowerCase()
    if (hex !== undefined && !/^[0-9a-f]{64}$/.test(hex))
      throw new PosternError('usage', '--ca-fingerprint takes a SHA-256 as 64 hex digits.')

    const source =
      this.flags.local === undefined ? this.flags : {'from-file': join(this.flags.local, 'owner-enrolment')}
    const readText = (question: string) => readToken(pick(source), question, this.world)
    const enrolment = this.args.url === undefined ? decodeEnrolment(await readText('Enrolment string:')) : null
    if (this.args.url === undefined && enrolment === null) {
      throw new PosternError('usage', 'This is no enrolment string: it was cut, mistyped, or is something else.', {
        next: 'postern login URL   (with a token)',
      })
    }
    const origin = originOf(this.args.url ?? enrolment!.url, 'The URL', this.flags['insecure-http'] ?? false)
    const fingerprint = hex ?? enrolment?.caFingerprint
    const trust =
      this.flags['ca-file'] !== undefined
        ? ({by: 'ca-file', path: this.flags['ca-file']} as const)
        : fingerprint != null
          ? ({by: 'fingerprint', hex: fingerprint} as const)
          : ({by: enrolment === null ? 'asking' : 'system'} as const)
    const ca = await trustedCa(origin, trust, async (authority) => {
      const shown = authority.fingerprint.replace(/..(?=.)/g, '$&:')
      if (!canAsk(this.world)) {
        throw new PosternError(
          'untrusted',
          `${origin} shows a CA that is not known here, and there is no terminal to ask on. No token was sent.`,
          {
            next: `postern login ${origin} --ca-fingerprint HEX   (the server prints it when it starts)`,
          },
        )
      }
      this.world.stderr.write(`${origin} shows this certificate authority:\n  SHA-256 ${shown}\n`)
      await confirm('Is this the fingerprint that the server printed?', this.world)
    })
    const token = enrolment?.token ?? (await readText('Token:'))
    const {profile, who} = await signIn(env, name, {origin, ca, token, org: this.flags.org})
    this.log(`Signed in to ${origin} as ${who.actor.name} (${who.role}) of ${profile.org}; profile ${name}.`)
    if (profile.tokenIn === 'file')
      this.world.stderr.write('No keychain answers here: the token is kept in a file that only you can read.\n')
    return {
      profile: name,
      url: origin,
      org: profile.org,
      actor: who.actor.name,
      role: who.role,
      tokenIn: profile.tokenIn,
    }
  }
}

const pick = (flags: {'from-stdin'?: boolean; 'from-file'?: string | undefined; 'from-env'?: string | undefined}) => ({
  'from-stdin': flags['from-stdin'],
  'from-file': flags['from-file'],
  'from-env': flags['from-env'],
})
