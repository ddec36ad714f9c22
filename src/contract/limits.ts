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

/** The most days whose entries are counted, and how many entries are gone over for it, the newest. */
export const MAX_ACTIVITY_DAYS = 90
export const COUNTED_ENTRIES = 20_000

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

/** How many refusals of one operation to one credential have an entry of their own in a minute; what is beyond is summed up in one. */
export const REFUSALS_PER_MINUTE = 300

/** The most names that two scopes may have to be compared, and the most bytes that are opened to tell whether values are the same. */
export const MAX_COMPARED = 10_000
export const MAX_COMPARED_BYTES = 16 * 1024 * 1024

/** The most candidates of one comparison, which may be asked as often. */
export const MAX_CANDIDATES = 1000

/** The most secrets that one call copies. */
export const MAX_COPIED = 100

/** The most fields of a secret, the most references in one, and how many references may stand behind each other. */
export const MAX_VALUE_FIELDS = 50
export const MAX_REFERENCES = 100
export const MAX_REFERENCE_DEPTH = 10

/** The most keys that one binding may name, the most labels of a workload, and the most characters of one. */
export const MAX_BOUND_KEYS = 500
export const MAX_LABELS = 16
export const MAX_LABEL = 255

/** The most bindings that an environment may have itself, and the most that feed it, with what collections lend it. */
export const MAX_BINDINGS = 100

/** The most keys that one resolve gives, and the most bytes of their values. */
export const MAX_RESOLVED = 2000
export const MAX_RESOLVED_BYTES = 16 * 1024 * 1024

/** How long a workload credential of a person lives, in milliseconds. */
export const ENTERED_FOR = 15 * 60 * 1000

/** How long a request for changes is held, in milliseconds; how many are at once, and how many of one credential. */
export const CHANGES_HELD = 50_000
export const MAX_HELD = 2048
export const MAX_HELD_BY_ONE = 128

/** How long a request's headers, and the whole request, may take to come, in milliseconds. */
export const HEADERS_TIMEOUT = 15_000
export const REQUEST_TIMEOUT = 30_000

/** How long a TLS handshake may take, in milliseconds. */
export const HANDSHAKE_TIMEOUT = 10_000

/** How long a client may take to read an answer, in milliseconds. */
export const ANSWER_TIMEOUT = 60_000

/** The most bytes that a request's path, with its query, may have. The longest that the CLI asks has about 4,000. */
export const MAX_URL_BYTES = 8 * 1024

/** The most headers that a request may have. */
export const MAX_HEADERS = 100

/** The most fields that one object of a body may have; a secret's tags are 32. */
export const MAX_FIELDS = 100

/** The most connections that a listener holds open. */
export const MAX_CONNECTIONS = 4096

/**
 * The most requests that are in progress at once, and the most bytes that their bodies may have together. One credential may
 * take half of either, one organization three quarters. So many writes go in two turns of the gate.
 */
export const MAX_IN_PROGRESS = 512
export const MAX_BODIES_BYTES = 64 * 1024 * 1024

/** The most bytes of answers to reads and disclosures that their clients have not read yet, parted in the same way. */
export const MAX_UNREAD_BYTES = 256 * 1024 * 1024

/** How many values and names the calls for many that wait at the gate may be about: two full ones. One organization may take half. */
export const MAX_WAITING = 20_000

/** How long a request may wait at the gate for its turn, in milliseconds: a third of what the CLI waits for an answer. */
export const MAX_WAIT = 10_000
