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

/** The most items of a page. */
export const MAX_PAGE = 1000

/** The most characters of a cursor: a scope and a key in base64. */
export const MAX_CURSOR = 1024

/** The most bytes that the line and the headers of a request may have. */
export const MAX_HEADER_BYTES = 16 * 1024

/** How long a request's headers, and the whole request, may take to come, in milliseconds. */
export const HEADERS_TIMEOUT = 15_000
export const REQUEST_TIMEOUT = 30_000
