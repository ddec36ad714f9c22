import type {DiscloseAsk} from './asks.ts'
import {type Rate, rateOf} from './rate.ts'
import {Refused} from './refused.ts'
import type {Actor} from './types.ts'

/** Why this actor must wait before it may ask again; null: it need not. */
export type Allowance = (actor: Actor, ask: Pick<DiscloseAsk, 'operation' | 'perMinute'>) => Refused | null

/** Holds each credential to as many disclosures a minute as their route says; those without a number are not counted. */
export function allowanceOf(now: () => Date): Allowance {
  const rates = new Map<string, Rate>()
  return ({id}, {operation, perMinute}) => {
    if (perMinute === undefined) return null
    const rate = rates.get(operation) ?? rateOf({most: perMinute, window: 60_000, now})
    rates.set(operation, rate)
    const retryAfter = rate(id)
    if (retryAfter === 0) return null
    return new Refused('rate_limited', `A credential may ask this ${perMinute} times a minute.`, {retryAfter})
  }
}
