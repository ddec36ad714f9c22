/** The most bytes that a value may have. */
export const MAX_VALUE_BYTES = 1024 * 1024

/** The most bytes that a request's body may have, by default. */
export const MAX_BODY_BYTES = 2 * 1024 * 1024

/** The most bytes that the body of a bulk route may have. */
export const MAX_BULK_BODY_BYTES = 32 * 1024 * 1024

/** The most values that one bulk call sets. */
export const MAX_BULK_ITEMS = 10_000

/** The most tags that a secret may have. */
export const MAX_TAGS = 32

/** The most days between two rotations. */
export const MAX_ROTATE_DAYS = 3650

/** The most days that a list looks ahead or back. */
export const MAX_LIST_DAYS = 36_500
