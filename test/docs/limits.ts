import {MAX_ANSWER} from '../../src/client/transport.ts'
import {MAX_HOST} from '../../src/contract/binding-pattern.ts'
import * as limits from '../../src/contract/limits.ts'
import * as names from '../../src/contract/name-rules.ts'
import type {ProblemCode} from '../../src/contract/problems.ts'
import {MAX_RULES, MAX_WORD} from '../../src/contract/routes/policy.ts'
import {MAX_BOUND} from '../../src/contract/routes/tokens.ts'
import {MAX_FILTERS} from '../../src/contract/routes/workload.ts'
import {MAX_POLICY_FILE} from '../../src/lib/command/policy-file.ts'
import * as generate from '../../src/lib/value-input/generate.ts'
import {MOST as MAX_SEGMENT} from '../../src/server/audit/seal.ts'
import {MOST_FAILURES} from '../../src/server/credentials/failures.ts'
import {SESSION_IDLE} from '../../src/server/credentials/last-use.ts'
import {KEPT_FOR} from '../../src/server/gate/repeats.ts'
import {MOST as MOST_OF_SCOPE} from '../../src/server/scopes/extent.ts'
import {SESSION_LIVES} from '../../src/server/sessions/create.ts'
import {LINK_LIVES} from '../../src/server/sessions/links.ts'
import {CODE_LIVES, GRANT_LIVES} from '../../src/server/sessions/take.ts'
import {PATIENCE} from '../../src/server/surfaces/listener.ts'
import {LOOKED_AT} from '../../src/server/values/list.ts'
import {MOST_BYTES} from '../../src/server/values/move.ts'

/** The test that tries a limit at its edge: its file, and words of it that name the limit. */
export interface Tried {
  file: string
  words: string
}

/** A row of docs/limits.md. */
export interface Limit {
  limit: string
  value: string
  /** What is answered beyond it. */
  code: ProblemCode | '–'
  tried: Tried
}

/** Where most are tried: a door with a clock of its own. */
export const EDGES = 'test/server/surfaces/limits.test.ts'

const count = (n: number) => n.toLocaleString('en')
const bytes = (n: number) => (n % 1024 ** 2 === 0 ? `${n / 1024 ** 2} MiB` : `${n / 1024} KiB`)
const half = (all: string) => `${all}, half of one token, three quarters of one organization`
const seconds = (ms: number) => `${ms / 1000} s`
const hours = (ms: number) => `${ms / 3_600_000} h`

const edge = (limit: string, value: string, code: Limit['code']): Limit => ({
  limit,
  value,
  code,
  tried: {file: EDGES, words: limit},
})
const elsewhere = (limit: string, value: string, code: Limit['code'], file: string, words: string): Limit => ({
  limit,
  value,
  code,
  tried: {file, words},
})
const BULK = 'test/e2e/bulk.test.ts'
const START = 'test/server/start.test.ts'
const TAKE = 'test/server/sessions/take.test.ts'
const ROOM = 'test/server/surfaces/room.test.ts'
const QUEUE = 'test/server/gate/queue.test.ts'
const HELD = 'test/server/surfaces/held.test.ts'
const SLOW = 'test/server/surfaces/slow-clients.test.ts'

/** Every limit, in the order of the document. */
export const table: readonly Limit[] = [
  edge('a value', bytes(limits.MAX_VALUE_BYTES), 'value_refused'),
  edge('a body', bytes(limits.MAX_BODY_BYTES), 'too_large'),
  elsewhere('a body of many values', bytes(limits.MAX_BULK_BODY_BYTES), 'too_large', BULK, 'MAX_BULK_BODY_BYTES + 1'),
  elsewhere('values of one call', count(limits.MAX_BULK_ITEMS), 'malformed', BULK, 'MAX_BULK_ITEMS + 1'),
  elsewhere('a URL', bytes(limits.MAX_URL_BYTES), 'url_too_long', START, 'MAX_URL_BYTES + 1'),
  elsewhere('headers of a request', count(limits.MAX_HEADERS), 'headers_too_large', START, 'MAX_HEADERS + 1'),
  elsewhere('URL and headers', bytes(limits.MAX_HEADER_BYTES), 'headers_too_large', START, 'MAX_HEADER_BYTES'),
  edge('depth of a body', count(limits.MAX_NESTED), 'malformed'),
  edge('parts of a body', count(limits.MAX_PARTS), 'malformed'),
  edge('fields of an object in a body', count(limits.MAX_FIELDS), 'malformed'),
  edge('parts of a body of many values', count(limits.MAX_BULK_PARTS), 'malformed'),
  edge('a request id', `${limits.MIN_REQUEST_ID} to ${limits.MAX_REQUEST_ID} characters`, 'malformed'),
  edge('a name of an organization, token or role', `${names.MAX_ORG} characters`, 'malformed'),
  edge('a scope', `${names.MAX_SCOPE} characters`, 'malformed'),
  edge('segments of a scope', count(names.MAX_SEGMENTS), 'malformed'),
  edge('a key', `${names.MAX_KEY} characters`, 'malformed'),
  edge('a note, owner, reason or tag', `${names.MAX_NOTE} characters`, 'malformed'),
  edge('a point in time', `${limits.MAX_TIME} characters`, 'malformed'),
  edge('tags of a secret', count(limits.MAX_TAGS), 'malformed'),
  edge('days between rotations', count(limits.MAX_ROTATE_DAYS), 'malformed'),
  edge('days that a list looks ahead or back', count(limits.MAX_LIST_DAYS), 'malformed'),
  edge('days of activity', count(limits.MAX_ACTIVITY_DAYS), 'malformed'),
  edge('entries that activity is counted over', count(limits.COUNTED_ENTRIES), '–'),
  edge('a page', `${count(limits.MAX_PAGE)} items`, 'malformed'),
  edge('a cursor', `${count(limits.MAX_CURSOR)} characters`, 'malformed'),
  edge('a tag to search for', `${names.MAX_TAG} characters`, 'malformed'),
  edge('a search for names', `${names.MAX_SEARCH} characters`, 'malformed'),
  elsewhere(
    'names that a page’s filters are held against',
    count(LOOKED_AT),
    '–',
    'test/server/values/list.test.ts',
    'LOOKED_AT + 1}',
  ),
  edge('an operation to search for', `${names.MAX_OPERATION} characters`, 'malformed'),
  edge('kept versions of a value', `1 to ${count(limits.MAX_KEPT_VERSIONS)}`, 'malformed'),
  edge('how far back a purge goes', `${count(limits.MAX_PURGE_AGE)} s`, 'malformed'),
  edge('selectors of a lock, unlock or reset', count(limits.MAX_SELECTORS), 'malformed'),
  edge('rules of a policy', count(MAX_RULES), 'malformed'),
  edge('a word of a selector', `${MAX_WORD} characters`, 'malformed'),
  edge('scopes of a token', count(MAX_BOUND), 'malformed'),
  edge('addresses of a token', count(MAX_BOUND), 'malformed'),
  edge('fields of a secret', count(limits.MAX_VALUE_FIELDS), 'value_refused'),
  edge('references in a value', count(limits.MAX_REFERENCES), 'value_refused'),
  edge('references behind each other', count(limits.MAX_REFERENCE_DEPTH), 'unresolvable'),
  edge('keys of a binding', count(limits.MAX_BOUND_KEYS), 'malformed'),
  edge('a host, and a pattern of hosts', `${MAX_HOST} characters`, 'malformed'),
  edge('labels of a workload', count(limits.MAX_LABELS), 'malformed'),
  edge('the text of a label', `${limits.MAX_LABEL} characters`, 'malformed'),
  edge('bindings of an environment', count(limits.MAX_BINDINGS), 'too_many'),
  edge('patterns of a filter of a resolve', count(MAX_FILTERS), 'malformed'),
  edge('keys that a resolve gives', count(limits.MAX_RESOLVED), 'too_many'),
  edge('values that a resolve gives', bytes(limits.MAX_RESOLVED_BYTES), 'too_many'),
  edge('names of two scopes that are compared', count(limits.MAX_COMPARED), 'too_many'),
  edge('values that a comparison opens', bytes(limits.MAX_COMPARED_BYTES), 'too_many'),
  elsewhere(
    'versions, names, and scopes, that a rename moves',
    count(MOST_OF_SCOPE),
    'too_many',
    'test/server/scopes/rename.test.ts',
    '10_001',
  ),
  elsewhere(
    'sealed versions that a rename moves',
    bytes(MOST_BYTES),
    'too_many',
    'test/server/scopes/rename.test.ts',
    'MOST_BYTES + 1',
  ),
  elsewhere(
    'names, and scopes, that a deletion of a scope takes',
    count(MOST_OF_SCOPE),
    'too_many',
    'test/server/scopes/delete.test.ts',
    '10_001',
  ),
  elsewhere('entries of an audit segment', count(MAX_SEGMENT), '–', 'test/server/audit/segments.test.ts', 'MOST + 1'),
  edge('failed sign-ins of an address, or of a token’s beginning', `${MOST_FAILURES} a minute`, 'rate_limited'),
  elsewhere(
    'refusals of an operation to a credential with entries of their own',
    `${limits.REFUSALS_PER_MINUTE} a minute`,
    '–',
    'test/server/gate/gate.test.ts',
    'REFUSALS_PER_MINUTE + 2',
  ),
  edge('comparisons of a credential, and those of a scope', `${limits.COMPARES_PER_MINUTE} a minute`, 'rate_limited'),
  elsewhere(
    'values of one comparison with a file',
    count(limits.MAX_CANDIDATES),
    'malformed',
    'test/e2e/import.test.ts',
    'MAX_CANDIDATES + 1',
  ),
  elsewhere('secrets of one copy', count(limits.MAX_COPIED), 'malformed', 'test/e2e/copy.test.ts', 'MAX_COPIED + 1'),
  elsewhere('requests in progress', half(count(limits.MAX_IN_PROGRESS)), 'overloaded', ROOM, 'MAX_IN_PROGRESS / 2'),
  elsewhere(
    'bodies of requests in progress',
    half(bytes(limits.MAX_BODIES_BYTES)),
    'overloaded',
    ROOM,
    'MAX_BODIES_BYTES - MAX_BULK_BODY_BYTES + 1',
  ),
  elsewhere(
    'answers that are not read yet',
    half(bytes(limits.MAX_UNREAD_BYTES)),
    'overloaded',
    ROOM,
    'MAX_UNREAD_BYTES / 2',
  ),
  elsewhere(
    'writes that wait for their turn',
    half(count(limits.MAX_IN_PROGRESS)),
    'overloaded',
    QUEUE,
    'MAX_IN_PROGRESS / 2',
  ),
  elsewhere(
    'values and names that calls for many are about',
    `${count(limits.MAX_WAITING)}, half of one organization`,
    'overloaded',
    QUEUE,
    'MAX_WAITING / 2 + 1',
  ),
  elsewhere('how long they wait', seconds(limits.MAX_WAIT), 'overloaded', QUEUE, '1001 + MAX_WAIT'),
  elsewhere(
    'requests that wait for a change',
    `${count(limits.MAX_HELD)}, ${limits.MAX_HELD_BY_ONE} of one token`,
    'overloaded',
    HELD,
    'MAX_HELD_BY_ONE',
  ),
  elsewhere('how long such a one waits', seconds(limits.CHANGES_HELD), '–', HELD, 'once its time is over'),
  elsewhere('connections of a listener', count(limits.MAX_CONNECTIONS), '–', SLOW, 'connections: '),
  elsewhere('a TLS handshake', seconds(limits.HANDSHAKE_TIMEOUT), '–', SLOW, 'handshake: '),
  elsewhere('headers that come', seconds(limits.HEADERS_TIMEOUT), 'request_timeout', SLOW, 'headers: '),
  elsewhere('a whole request that comes', seconds(limits.REQUEST_TIMEOUT), 'request_timeout', SLOW, 'request: '),
  elsewhere('the next request of a connection', seconds(PATIENCE.keepAlive), '–', SLOW, 'keepAlive: '),
  elsewhere('an answer that is read', seconds(limits.ANSWER_TIMEOUT), '–', SLOW, 'answer: '),
  edge('a link to the dashboard', `${LINK_LIVES / 1000} s`, '–'),
  elsewhere('a code that a terminal shows', `${CODE_LIVES / 60_000} min`, '–', TAKE, 'a code: it holds'),
  elsewhere('a code that was allowed', `${LINK_LIVES / 1000} s`, '–', TAKE, 'a code that was allowed: '),
  elsewhere('a sign-in that allows one', `${GRANT_LIVES / 60_000} min`, 'forbidden', TAKE, 'a grant: '),
  edge('a session', hours(SESSION_LIVES), 'unauthenticated'),
  edge('a session that is not used', `${SESSION_IDLE / 60_000} min`, 'unauthenticated'),
  edge('a person’s workload credential', `${limits.ENTERED_FOR / 60_000} min`, 'unauthenticated'),
  edge('a reply that is kept for a repeat', hours(KEPT_FOR), '–'),
  elsewhere(
    'an answer that the CLI reads',
    bytes(MAX_ANSWER),
    'unreachable',
    'test/client/transport.test.ts',
    'MAX_ANSWER',
  ),
  elsewhere(
    'a policy file',
    bytes(MAX_POLICY_FILE),
    'usage',
    'test/lib/command/policy-file.test.ts',
    'MAX_POLICY_FILE + 1',
  ),
  elsewhere(
    'a generated value',
    `${generate.FEWEST} to ${count(generate.MOST)}`,
    'usage',
    'test/lib/value-input/generate.test.ts',
    'MOST + 1',
  ),
]
