import {type RawBuilder, sql} from 'kysely'

/** The time so many days of 24 hours after another one; both UTC, ISO 8601. Null where either is. */
export const daysLater = (time: RawBuilder<unknown>, days: RawBuilder<unknown>): RawBuilder<string | null> =>
  sql`strftime('%Y-%m-%dT%H:%M:%fZ', ${time}, ${days} || ' days')`
