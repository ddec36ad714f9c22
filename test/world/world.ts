import {randomUUID} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Reply} from '../../src/contract/route.ts'
import {type RouteName, type Routes, routes} from '../../src/contract/routes/index.ts'
import {decodeEnrolment} from '../../src/formats/enrolment.ts'
import {type Asks, type Session, signIn, target} from './browser.ts'
import {type Ran, type RunOptions, run, tempFolder} from './program.ts'
import {type Answer, request} from './request.ts'
import {type RunningServer, type ServerOptions, startServer} from './server.ts'

export interface World {
  server: RunningServer
  /** A home that is signed in to the server. */
  home: string
  /** The owner's token, as the home has it too. */
  token: string
  /** A place for the test's own files. */
  folder: string
  cli: (argv: readonly string[], options?: RunOptions) => Promise<Ran>
  /** Sets a text by the API: what a test only needs to be there costs no start of the program. */
  put: (noun: 'secret' | 'variable', scope: string, key: string, text: string) => Promise<void>
  /** Makes a token of a role, for all scopes or these, by the API. */
  tokenOf: (role: string, ...scopes: string[]) => Promise<string>
  /** Makes an environment that all scopes feed, and a token that is bound to it; both have this name. */
  workload: (name: string) => Promise<string>
  /** Signs a browser in, through `dashboard open`. */
  dashboard: () => Promise<Session>
  /** Stops the server and removes everything. */
  close: () => Promise<void>
}

/** A real server in a temporary folder, and a home that `login --local` signed in to it. */
export async function world(options: Partial<ServerOptions> = {}): Promise<World> {
  const {path: folder, remove} = tempFolder()
  const home = join(folder, 'home')
  const {data = join(folder, 'data')} = options
  const server = await startServer({...options, home, data})
  const cli: World['cli'] = (argv, given) => run(argv, home, given)
  const {token} = decodeEnrolment(readFileSync(join(data, 'owner-enrolment'), 'utf8'))!
  await succeed(cli(['login', '--local', data]))
  const made: World = {
    server,
    home,
    token,
    folder,
    cli,
    put: async (noun, scope, key, text) => {
      const sent = {
        params: {org: 'default', key},
        query: {scope},
        body: {value: {encoding: 'utf8', data: text} as const},
      }
      const {status, json} = await asToken(made.server, token, `${noun}sSet`, sent)
      if (status !== 200) throw new Error(`${key} was not set: ${JSON.stringify(json)}`)
    },
    tokenOf: async (role, ...scopes) => {
      const body = {name: `made-${randomUUID()}`, role, ...(scopes.length === 0 ? {} : {scopes})}
      const {json} = await asToken(made.server, token, 'tokensCreate', {params: {org: 'default'}, query: {}, body})
      if (json.token == null) throw new Error(`No token was made: ${JSON.stringify(json)}`)
      return json.token
    },
    workload: async (name) => {
      await succeed(cli(['environment', 'create', name]))
      await succeed(cli(['environment', 'bind', name, '--scope', '**']))
      return (await succeed(cli(['token', 'create', name, '--environment', name]))).stdout.trim()
    },
    dashboard: async () => {
      const {stdout} = await succeed(cli(['dashboard', 'open', '--json']))
      return signIn((JSON.parse(stdout) as {url: string}).url, server.ca)
    },
    // The one that it has by then: a test may have started another on its folder.
    close: async () => {
      await made.server.stop()
      remove()
    },
  }
  return made
}

/** What a run gave. @throws with its output unless it ended with 0. */
export async function succeed(running: Promise<Ran>): Promise<Ran> {
  const ran = await running
  if (ran.code !== 0) throw new Error(`ended with ${ran.code}:\n${ran.stdout}${ran.stderr}`)
  return ran
}

/** Calls a route with a token, of the surface that tokens of its kind come through. */
export function asToken<N extends RouteName>(
  server: Pick<RunningServer, 'url' | 'ca'>,
  token: string,
  name: N,
  input: Asks<N>,
  headers: Record<string, string> = {},
): Promise<Omit<Answer, 'json'> & {json: Reply<Routes[N]>}> {
  const {method, path} = target(routes[name].surfaces[0], routes[name], input)
  return request(server.url, path, server.ca, {
    method,
    headers: {authorization: `Bearer ${token}`, ...headers},
    ...(input.body === undefined ? {} : {body: input.body}),
  })
}
