import {isEcho} from './store-fault.ts'

/**
 * The answers to statements of one transaction that went out together. All have ended when this does; of several that
 * failed, the one is thrown on which the others only followed, since it says what may be done.
 */
export async function atOnce<T extends readonly unknown[]>(asked: {[K in keyof T]: Promise<T[K]>}): Promise<T> {
  const settled = await Promise.allSettled(asked)
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
  if (errors.length > 0) throw errors.find((error) => !isEcho(error)) ?? errors[0]
  return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as unknown as T
}
