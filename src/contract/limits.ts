/** The most bytes that a value may have. */
export const MAX_VALUE_BYTES = 1024 * 1024

/** The most bytes that a request's body may have, by default. */
export const MAX_BODY_BYTES = 2 * 1024 * 1024
