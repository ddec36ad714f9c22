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

/** How deep the JSON of a body may nest; the contract's deepest nests four. */
export const MAX_NESTED = 16

/** The most parts that the JSON of a body may have: brackets that open, and commas. A policy of 200 rules has 1,200. */
export const MAX_PARTS = 4000

/** The most that the body of a bulk route may have. A full one has about 80,000. */
export const MAX_BULK_PARTS = 250_000

/** The most characters of a point in time. */
export const MAX_TIME = 40

/** The fewest and the most characters of a request id. */
export const MIN_REQUEST_ID = 8
export const MAX_REQUEST_ID = 64

/** The most selectors of one lock, unlock or reset. */
export const MAX_SELECTORS = 100

/** The most versions that an organization may say are kept of a value. */
export const MAX_KEPT_VERSIONS = 1_000_000

/** The longest ago, in seconds, that a purge may reach back to. */
export const MAX_PURGE_AGE = 1e12

/** How often a credential may compare scopes in a minute, and how often one scope may be compared: it tells whether a guess is right, so guesses must be few. */
export const COMPARES_PER_MINUTE = 10

/** How long a request's headers, and the whole request, may take to come, in milliseconds. */
export const HEADERS_TIMEOUT = 15_000
export const REQUEST_TIMEOUT = 30_000
