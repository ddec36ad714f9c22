/** A time of the server, in UTC, to the minute; all of it when pointed at. */
export function Time({at}: {at: string | null}) {
  return at === null ? (
    <span>never</span>
  ) : (
    <time dateTime={at} title={at} className="time">{`${at.slice(0, 16).replace('T', ' ')}`}</time>
  )
}

const DAY = 86_400_000

/** How many days until a time; negative: since. */
export const daysUntil = (at: string): number => Math.ceil((Date.parse(at) - Date.now()) / DAY)

/** How far off a time is, in words. */
export function inDays(at: string): string {
  const days = daysUntil(at)
  return new Intl.RelativeTimeFormat('en', {numeric: 'auto'}).format(days, 'day')
}
