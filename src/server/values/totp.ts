import {TOTP, URI} from 'otpauth'

/** A code of the moment. */
export interface Code {
  code: string
  /** For how many seconds it is the one. */
  remaining: number
  period: number
}

/** What an otpauth URI gives at a moment (RFC 6238; key URI format). Null: it is no such URI, or one of a counter. */
export function codeOf(uri: string, now: Date): Code | null {
  const totp = totpOf(uri)
  if (totp === null) return null
  const timestamp = now.getTime()
  const {period} = totp
  return {code: totp.generate({timestamp}), remaining: period - (Math.floor(timestamp / 1000) % period), period}
}

export const isTotp = (uri: string): boolean => totpOf(uri) !== null

function totpOf(uri: string): TOTP | null {
  try {
    const parsed = URI.parse(uri)
    return parsed instanceof TOTP && parsed.secret.bytes.length > 0 ? parsed : null
  } catch {
    return null
  }
}
