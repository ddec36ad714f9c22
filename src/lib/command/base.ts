import type {Interfaces} from '@oclif/core'
import {Command} from '@oclif/core/command'
import {string} from '@oclif/core/flags'
import type {Connection} from '../../client/connection.ts'
import {PosternError} from '../../client/error.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {RouteName, Routes} from '../../contract/routes/index.ts'
import {errorText} from '../output/error-text.ts'
import {whileWaiting} from '../output/spinner.ts'
import type {Resolved} from '../profile/resolve-connection.ts'
import type {Asked} from './next-step.ts'
import {orgIn} from './org.ts'
import {checkArgv, type Taken, unshield} from './raw-argv.ts'
import {formOf, unwrapped, usageFrom} from './usage.ts'
import {processWorld, type World} from './world.ts'

type Sent<N extends RouteName> = Pick<Input<Routes[N]>, 'params'> &
  Partial<Omit<Input<Routes[N]>, 'params'>> & {requestId?: string}

/** The server as this command talks to it. */
export interface Client {
  connection: Connection
  /** The profile in use; null: the environment alone says where to go. */
  profile: string | null
  /** Whether the token is the profile's own. */
  tokenFrom: 'environment' | 'profile'
  /** `--org`, else POSTERN_ORG, else the project's, else the profile's, else `default`. */
  org: string
  /** Calls a route by its name, with a spinner on a terminal. */
  call<N extends RouteName>(name: N, input: Sent<N>): Promise<Reply<Routes[N]>>
}

/** What every command has. `run` prints its result with `log` and returns what `--json` prints instead. */
export abstract class PosternCommand<C extends typeof Command> extends Command {
  static override enableJsonFlag = true
  static override baseFlags = {
    profile: string({helpValue: 'NAME', helpGroup: 'GLOBAL', summary: 'Profile to use; else POSTERN_PROFILE.'}),
  }

  /** Tests hand in another. */
  world: World = processWorld()
  protected flags!: Interfaces.InferredFlags<(typeof PosternCommand)['baseFlags'] & C['flags']>
  protected args!: Interfaces.InferredArgs<C['args']>

  /** oclif's own would write argv to its debug log. */
  override async init(): Promise<void> {
    this.parsed = true // Else oclif warns, outside production, of each command that is refused here.
    const argv = checkArgv(this.argv, this.taken())
    const parsed = await this.parse(this.ctor as Command.Class, argv)
    this.flags = unshield(parsed.flags) as typeof this.flags
    this.args = parsed.args as typeof this.args
  }

  /**
   * The server that flags, environment and profile name.
   * @throws PosternError `not_signed_in` when they name none.
   */
  protected async client({org: ofProject}: {org?: string | undefined} = {}): Promise<Client> {
    const {resolveConnection} = await import('../profile/resolve-connection.ts')
    const {profile: profileFlag, org} = this.flags as {profile?: string; org?: string}
    const {env} = this.world
    const resolved = await whileWaiting(this.world, resolveConnection({env, profileFlag}), 'the keychain')
    return {
      connection: resolved.connection,
      profile: resolved.profile,
      tokenFrom: resolved.tokenFrom,
      org: org ?? orgIn(env) ?? ofProject ?? resolved.org ?? 'default',
      call: async (name, input) => {
        const [{call}, {loadRoute}] = await Promise.all([
          import('../../client/call.ts'),
          import('../../contract/routes/load.ts'),
        ])
        const route = await loadRoute(name)
        const ask = () => whileWaiting(this.world, call(route, input, resolved.connection))
        const signedInAgain = async (error: unknown) => {
          if (await this.signsInAgain(error, resolved)) return ask()
          throw error
        }
        return ask()
          .catch(signedInAgain)
          .catch(async (error: unknown) => {
            if (!(error instanceof PosternError)) throw error
            throw (await import('./next-step.ts')).withNext(error, {
              route: name,
              sent: input as Asked,
              typedOrg: org,
              tokenFrom: resolved.tokenFrom,
              again: againOf(resolved.connection),
            })
          })
      },
    }
  }

  /** Whether a person whose sign-in has ended signs in again, where somebody can be asked. */
  private async signsInAgain(error: unknown, {connection, profile, person, tokenFrom}: Resolved): Promise<boolean> {
    const ended = error instanceof PosternError && error.code === 'unauthenticated' && againOf(connection) !== null
    // Of a profile that does not know who it was, nobody can say whether it is the same person.
    if (!ended || profile === null || person === null || tokenFrom === 'environment' || this.jsonEnabled()) return false
    const {canAsk} = await import('./confirm.ts')
    if (!canAsk(this.world)) return false
    const {signInAgain} = await import('../profile/sign-in-again.ts')
    return signInAgain(connection, {profile, person}, this.world)
  }

  /** Writes a line of the result; silent with `--json`. */
  override log(text = ''): void {
    if (!this.jsonEnabled()) this.world.stdout.write(`${text}\n`)
  }

  override logJson(json: unknown): void {
    this.world.stdout.write(`${JSON.stringify(json, null, 2)}\n`)
  }

  /** Writes to stderr, with `--json` too. */
  override warn(input: string | Error): string | Error {
    this.world.stderr.write(`Warning: ${typeof input === 'string' ? input : input.name}\n`)
    return input
  }

  /** The one place where an error becomes text and an exit status. */
  override async catch(error: Error): Promise<void> {
    const problem = this.problemOf(error)
    if (problem === null) return
    const ended = await this.endWith(problem)
    if (this.jsonEnabled()) this.logJson(ended)
  }

  /**
   * Ends with an error's text and exit status. A command that has a result all the same adds what this gives to it, for
   * `--json`.
   */
  protected async endWith(error: PosternError): Promise<{error: object}> {
    if (!this.jsonEnabled()) this.world.stderr.write(errorText(error, await this.red()))
    this.world.exit(error.exitCode)
    return {error: error.toJSON()}
  }

  /** chalk is loaded where there is something to colour. */
  private async red(): Promise<(text: string) => string> {
    if (!this.world.stderrIsTerminal) return (text) => text
    const {colours} = await import('../output/colours.ts')
    return (await colours(true, this.world.env)).red
  }

  /** Null: the command ended on purpose (`exit`). */
  private problemOf(error: Error & {oclif?: {exit?: number}; code?: unknown}): PosternError | null {
    if (error instanceof PosternError) return unwrapped(error, this.taken().form)
    if (error.name === 'ExitPromptError') return new PosternError('interrupted', 'Interrupted; nothing was changed.')
    if (error.code === 'EEXIT') {
      this.world.exit(error.oclif?.exit ?? 0)
      return null
    }
    if (error.oclif !== undefined) return usageFrom(error, this.taken())
    if (this.world.env.POSTERN_DEBUG) this.world.stderr.write(`${error.name}\n${framesOf(error)}\n`)
    const code = typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(error.code) ? ` ${error.code}` : ''
    return new PosternError('failed', `Postern itself failed (${error.name}${code}).`, {
      next: 'Run it again with POSTERN_DEBUG=1 and report what it prints.',
    })
  }

  private taken(): Taken {
    const {flags, baseFlags, args, strict} = this.ctor as typeof Command & {baseFlags: Taken['flags']}
    return {
      flags: {
        ...(this.ctor.enableJsonFlag && {json: {type: 'boolean'}}),
        ...baseFlags,
        ...(flags as Taken['flags']),
      },
      args: args as Taken['args'],
      strict,
      form: formOf(this.ctor),
    }
  }
}

/** How a person signs in again, whose credential lives for hours and not for ever. */
const againOf = ({origin, token}: Connection): string | null =>
  token?.startsWith('postern_person_') ? `postern login ${origin} --sso` : null

/** Where it happened, without the message: that may hold what was typed. */
const framesOf = (error: Error): string =>
  (error.stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .join('\n')
