import type {DiscloseAsk} from './asks.ts'
import {type Rate, rateOf} from './rate.ts'
import {Refused} from './refused.ts'
import type {Actor} from './types.ts'

/** Why this actor must wait before it may ask again; null: it need not. */
export type Allowance = (
  actor: Pick<Actor, 'id' | 'orgId'>,
  ask: Pick<DiscloseAsk, 'operation' | 'perMinute' | 'reached'>,
) => Refused | null

/**
 * Holds each credential to as many disclosures a minute as their route says, and each scope as well, whoever asks: who may
 * make tokens gets no more from a scope by having many. Those without a number are not counted.
 */
export function allowanceOf(now: () => Date): Allowance {
  const rates = new Map<string, Rate>()
  return ({id, orgId}, {operation, perMinute, reached}) => {
    if (perMinute === undefined) return null
    const rate = rates.get(operation) ?? rateOf({most: perMinute, window: 60_000, now})
    rates.set(operation, rate)
    const own = rate(id)
    if (own > 0) return waitFor(`A credential may ask this ${perMinute} times a minute.`, own)
    const scopes = reached === 'organization' ? [] : reached
    const others = Math.max(0, ...scopes.map((scope) => rate(`${orgId} ${scope}`)))
    return others === 0
      ? null
      : waitFor(`This may be asked of a scope ${perMinute} times a minute, by all together.`, others)
  }
}

const waitFor = (detail: string, retryAfter: number) => new Refused('rate_limited', detail, {retryAfter})
