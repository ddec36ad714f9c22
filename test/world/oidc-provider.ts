import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {Provider} from 'oidc-provider'

/** A real provider of single sign-on on loopback. Who types `alice` signs in as alice, with whatever password. */
export interface RunningProvider {
  issuer: string
  /** The groups of a person, from the next sign-in on. */
  groups: Map<string, string[]>
  close: () => Promise<void>
}

interface Options {
  clientId?: string
  clientSecret?: string
  /** Where it sends browsers back to. */
  callbacks: readonly string[]
}

export async function startProvider({
  clientId = 'postern',
  clientSecret,
  callbacks,
}: Options): Promise<RunningProvider> {
  const groups = new Map<string, string[]>()
  let handle: ReturnType<Provider['callback']> | undefined
  const server: Server = createServer((request, reply) => void handle?.(request, reply))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        redirect_uris: [...callbacks],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        ...(clientSecret === undefined
          ? {token_endpoint_auth_method: 'none' as const}
          : {client_secret: clientSecret, token_endpoint_auth_method: 'client_secret_post' as const}),
      },
    ],
    claims: {openid: ['sub', 'groups'], profile: ['preferred_username', 'name'], email: ['email']},
    conformIdTokenClaims: false,
    cookies: {keys: ['a key of the test']},
    pkce: {required: () => true},
    findAccount: (_, id) => ({
      accountId: id,
      claims: async () => ({sub: id, preferred_username: id, email: `${id}@example.com`, groups: groups.get(id) ?? []}),
    }),
  })
  handle = provider.callback()
  return {
    issuer,
    groups,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}
