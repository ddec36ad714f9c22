const units: Record<string, number> = {s: 1, m: 60, h: 3600, d: 86_400, w: 604_800}

/** What a length of time should look like. */
export const DURATION_RULE = 'a number with s, m, h, d or w behind it, as in 12h or 90d'

/** The seconds of a length of time as people type it: `90m`, `24h`, `7d`; null: it is none. */
export function secondsOf(text: string): number | null {
  const parts = /^(\d{1,6})([smhdw])$/.exec(text)
  return parts === null ? null : Number(parts[1]) * units[parts[2]!]!
}
