import type * as Client from 'openid-client'
import {oauthErrorOf} from '../logger.ts'
import type {Person} from '../sessions/sso.ts'
import {readSecret, type SsoSettings} from './settings.ts'

/** What a browser must bring back with the provider's answer. */
export interface Begun {
  state: string
  nonce: string
  verifier: string
}

/** The provider, as it describes itself: asked for with the first sign-in, and again after an hour. */
export interface Provider {
  /** Where to send a browser, and what it must bring back (RFC 7636, OpenID Connect Core 3.1). */
  begin: (callback: string) => Promise<{to: string; begun: Begun}>
  /**
   * Whom the provider's answer names, its issuer, audience, times, nonce and signature checked.
   * @throws whatever does not hold.
   */
  end: (answer: URL, begun: Begun) => Promise<Person>
}

/** How long what the provider says of itself is believed, in milliseconds. */
const BELIEVED = 3_600_000
/** How long a provider that did not answer is not asked again, in milliseconds: strangers may come as often as they like. */
const AWAY = 5_000
/** By which a provider says that the client's secret is not the right one; the second word is Keycloak's. */
const WRONG_SECRET: readonly unknown[] = ['invalid_client', 'unauthorized_client']
/** How long the provider may take to answer, in seconds. */
const TIMEOUT = 10

export function providerOf(settings: SsoSettings, now: () => number = Date.now): Provider {
  let known: {config: Client.Configuration; until: number} | undefined
  let failed: {error: unknown; until: number} | undefined
  let asking: Promise<Client.Configuration> | undefined
  const load = async () => {
    // Most servers need not load it.
    const client = await import('openid-client')
    if (known !== undefined && known.until > now()) return {client, config: known.config}
    if (failed !== undefined && failed.until > now()) throw failed.error
    // However many come at once, the provider is asked once.
    asking ??= discover(client, settings)
      .then(
        (config) => {
          known = {config, until: now() + BELIEVED}
          return config
        },
        (error: unknown) => {
          failed = {error, until: now() + AWAY}
          throw error
        },
      )
      .finally(() => {
        asking = undefined
      })
    return {client, config: await asking}
  }
  /** The secret may have been replaced: the next sign-in reads it anew. */
  const forgetIfWrong = (config: Client.Configuration) => (error: unknown) => {
    if (WRONG_SECRET.includes(oauthErrorOf(error)) && known?.config === config) known = undefined
    throw error
  }
  return {
    begin: async (callback) => {
      const {client, config} = await load()
      const begun = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      }
      const to = client.buildAuthorizationUrl(config, {
        redirect_uri: callback,
        scope: settings.scope,
        state: begun.state,
        nonce: begun.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(begun.verifier),
        code_challenge_method: 'S256',
      })
      return {to: to.href, begun}
    },
    end: async (answer, {state, nonce, verifier}) => {
      const {client, config} = await load()
      const tokens = await client
        .authorizationCodeGrant(config, answer, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        })
        .catch(forgetIfWrong(config))
      const claims = tokens.claims()!
      const told = claims[settings.groupsClaim] ?? (await askForGroups(client, config, tokens, claims.sub, settings))
      return personOf({...claims, [settings.groupsClaim]: told}, settings)
    },
  }
}

async function discover(client: typeof Client, settings: SsoSettings): Promise<Client.Configuration> {
  const {issuer, clientId, clientSecretFile} = settings
  const secret = clientSecretFile === null ? null : await readSecret(clientSecretFile)
  const clear = issuer.startsWith('http:')
  const config = await client.discovery(
    new URL(issuer),
    clientId,
    undefined,
    secret === null ? client.None() : client.ClientSecretPost(secret),
    {timeout: TIMEOUT, ...(clear ? {execute: [client.allowInsecureRequests]} : {})},
  )
  // Else the signature of a token that came straight from the provider would not be looked at.
  client.enableNonRepudiationChecks(config)
  return config
}

async function askForGroups(
  client: typeof Client,
  config: Client.Configuration,
  tokens: Client.TokenEndpointResponse,
  sub: string,
  {groupsClaim}: SsoSettings,
): Promise<unknown> {
  if (config.serverMetadata().userinfo_endpoint === undefined) return undefined
  return (await client.fetchUserInfo(config, tokens.access_token, sub))[groupsClaim]
}

/** Whom claims name: the subject is who they are, all else is what they are called. */
export function personOf(claims: Readonly<Record<string, unknown>>, {groupsClaim, roles}: SsoSettings): Person {
  const groups = claims[groupsClaim]
  const isOf = (group: string) => (Array.isArray(groups) ? groups.includes(group) : groups === group)
  const texts = [claims.preferred_username, claims.email, claims.name, claims.sub]
  return {
    subject: JSON.stringify([claims.iss, claims.sub]),
    called: texts.filter((text): text is string => typeof text === 'string'),
    role: roles.find(({group}) => isOf(group))?.role ?? null,
    whyNoRole: noRole(groups, groupsClaim),
  }
}

/** Why somebody has no role: often the provider was never told to say their groups. */
function noRole(groups: unknown, claim: string): string {
  if (groups === undefined)
    return `The provider said nothing of this person’s groups: it sent no claim ${claim}. Whoever runs it has to add it.`
  const count = Array.isArray(groups) ? groups.length : 1
  return `None of this person’s groups has a role here; the provider named ${count} in its claim ${claim}.`
}
