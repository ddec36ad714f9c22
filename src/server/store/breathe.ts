/** After how many rows or values of one deed others are let through. */
export const BREATH = 256

/** Lets go on what else the process does: who writes ten thousand values at once holds nobody up for more than a few of them. */
export const breathe = (): Promise<void> => new Promise((next) => setImmediate(next))
