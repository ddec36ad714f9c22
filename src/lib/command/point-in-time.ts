/** How a point in time may be typed. */
export const TIME_RULE = '90d, 12h, 2027-01-31 or 2027-01-31T10:00, which is UTC unless it names a zone'

/**
 * A date, or a date and time, as people type it (ISO 8601), in milliseconds since 1970; null: it is none, or a day that no
 * calendar has. Without a zone it is UTC: JavaScript would take the zone of whatever machine runs it.
 */
export function timeOf(text: string): number | null {
  const parts = /^(\d{4}-\d{2}-\d{2})(?:(T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text)
  if (parts === null) return null
  const [, date, time = 'T00:00', zone = 'Z'] = parts
  const midnight = Date.parse(`${date}T00:00Z`)
  // JavaScript takes 30 February for 2 March.
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(date!)) return null
  const at = Date.parse(date + time + zone)
  return Number.isNaN(at) ? null : at
}
