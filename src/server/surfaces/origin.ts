import type {FastifyRequest} from 'fastify'

/**
 * Whether a browser that says where a request comes from says: from this very host, or from the dashboard's own URL
 * (behind a proxy the two differ). What says nothing is no cross-site form.
 */
export function sameOrigin(request: FastifyRequest, dashboardUrl: string): boolean {
  const {origin, 'sec-fetch-site': site, host} = request.headers
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  if (origin === undefined) return true
  return URL.canParse(origin) && [host, new URL(dashboardUrl).host].includes(new URL(origin).host)
}
