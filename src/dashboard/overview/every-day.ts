import type {ReplyOf} from '../api/ask.ts'

type Day = ReplyOf<'auditActivity'>['days'][number]

const DAY = 86_400_000

/** Every day of the last so many, those of which nothing is recorded with zeros. */
export function everyDay(days: readonly Day[], count: number, now: Date): Day[] {
  const found = new Map(days.map((day) => [day.day, day]))
  return Array.from({length: count}, (_, at) => {
    const day = new Date(now.getTime() - (count - 1 - at) * DAY).toISOString().slice(0, 10)
    return found.get(day) ?? {day, done: 0, disclosed: 0, refused: 0, failed: 0}
  })
}
