import type {Input, Route} from '../../src/contract/route.ts'
import {type RouteName, type Routes, routes} from '../../src/contract/routes/index.ts'
import {prefixes} from '../../src/contract/surfaces.ts'
import {type Answer, type RawRequest, request} from './request.ts'

/** What a route takes, with what can be left out left out. */
export type Asks<N extends RouteName> = Partial<Input<Routes[N]>>

export interface Session {
  cookie: string
  csrfToken: string
  /** Calls a route of the dashboard as the page does. */
  call: <N extends RouteName>(name: N, input: Asks<N>, headers?: Record<string, string>) => Promise<Answer>
  /** Sends anything with the session's cookie and CSRF token. */
  send: (path: string, options?: RawRequest) => Promise<Answer>
}

/** Signs a browser in by a one-time link: looks at the page, presses its button, keeps the cookie. */
export async function signIn(link: string, ca: string): Promise<Session> {
  const {origin, pathname, search, searchParams} = new URL(link)
  const page = await request(origin, pathname + search, ca)
  if (page.status !== 200) throw new Error(`the link's page answered ${page.status}`)
  const answer = await pressButton(origin, searchParams.get('link')!, ca)
  const cookie = String(answer.headers['set-cookie']).split(';')[0]!
  const {json} = await request(origin, `${prefixes.dashboard}/whoami`, ca, {headers: {cookie}})
  const csrfToken = json.csrfToken as string
  const send: Session['send'] = (path, options = {}) =>
    request(origin, path, ca, {...options, headers: {cookie, 'x-csrf-token': csrfToken, ...options.headers}})
  return {
    cookie,
    csrfToken,
    send,
    call: (name, input, headers = {}) => {
      const {method, path} = target('dashboard', routes[name], input)
      return send(path, {method, headers, ...(input.body === undefined ? {} : {body: input.body})})
    },
  }
}

/** What the button of the link's page sends. */
export function pressButton(origin: string, link: string, ca: string, headers = {}): Promise<Answer> {
  const body = new URLSearchParams({link}).toString()
  const typed = {'content-type': 'application/x-www-form-urlencoded', ...headers}
  return request(origin, '/dashboard/signin', ca, {method: 'POST', headers: typed, body})
}

/** Method and path of a route on a surface. */
export function target(surface: keyof typeof prefixes, route: Route, input: {params?: object; query?: unknown}) {
  const params: Record<string, string> = {org: 'default', ...input.params}
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
  const query = new URLSearchParams(
    Object.entries((input.query ?? {}) as object).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString()
  return {method: route.method, path: prefixes[surface] + path + (query === '' ? '' : `?${query}`)}
}
