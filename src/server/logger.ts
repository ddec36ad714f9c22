import {type DestinationStream, type LevelWithSilent, type Logger, pino} from 'pino'

/** Never logged, wherever they stand: the second line behind logging none of them. */
const secretNames = ['authorization', 'cookie', 'set-cookie', 'x-csrf-token', 'token', 'value', 'data', 'body']

/** Standard error, written without waiting for it; what is left at the end is flushed. */
export const stderrLog = (): DestinationStream => pino.destination({dest: 2, sync: false})

/**
 * The server's log: JSON lines. An error is logged without its message (but with the place of a stored value that does not
 * open, and checked words of why another server refused), since a library's message may hold what the library was given; a request as its route's pattern, never its URL.
 */
export function createLogger(level: LevelWithSilent, destination: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {level: (label) => ({level: label})},
      redact: {
        paths: secretNames.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
        censor: '[redacted]',
      },
      serializers: {err: describeError, req: describeRequest, res: describeReply},
      hooks: {
        logMethod(args, method) {
          // Pino, and Fastify, take an error's message for the line's.
          const [first, second] = args as [unknown, unknown?]
          const err = first instanceof Error ? first : isObject(first) && 'err' in first ? first.err : undefined
          if (err === undefined) return method.apply(this, args)
          const own = typeof second === 'string' && !(err instanceof Error && err.message === second)
          return method.apply(this, [first === err ? {err} : first, own ? second : 'failed'])
        },
      },
    },
    destination,
  )
}

/**
 * The line of an answered request, under fields that are all named here and that no client fills freely: so it goes
 * without the second line of defence, which took three quarters of the time that a line takes.
 */
export function answeredLog(logger: Parent): (line: Answered) => void {
  const bare = logger.child({}, {redact: []})
  return ({requestId, method, route, status, address}) =>
    bare.info({requestId, method, route, status, address}, 'answered')
}

/** Of a logger, what is needed here; Fastify's type and pino's have it both. */
interface Parent {
  child: (bindings: object, options: {redact: string[]}) => {info: (line: object, message: string) => void}
}

interface Answered {
  /** Checked, or made here. */
  requestId: string
  method: string
  /** The pattern, never the URL. */
  route: string | null
  status: number
  address: string | null
}

const isObject = (thing: unknown): thing is object => typeof thing === 'object' && thing !== null

function describeError(error: unknown): object {
  if (!isObject(error)) return {}
  const {name, code, errcode, place, stack} = error as Record<string, unknown>
  const frames = typeof stack === 'string' ? stack.split('\n').filter((line) => /^\s+at /.test(line)) : []
  return {
    name,
    code,
    ...(typeof errcode === 'number' && {errcode}),
    ...(isObject(place) && {place}),
    ...describeRemote(error),
    at: frames.map((line) => line.trim()),
  }
}

/**
 * Why another server refused, or was not reached: the word of OAuth, the status, and the code of the connection's error.
 * Each is looked at, since the other side may say anything.
 */
function describeRemote(thrown: object): object {
  const {code, status, cause} = thrown as Record<string, unknown>
  const inCause = isObject(cause) ? (cause as Record<string, unknown>) : {}
  const ofOAuth = typeof code === 'string' && code.startsWith('OAUTH_')
  const word = ofOAuth ? oauthErrorOf(thrown) : undefined
  const answered = status ?? inCause.status
  return {
    ...(typeof word === 'string' && /^[a-z_]{1,64}$/.test(word) && {error: word}),
    ...(typeof answered === 'number' && {status: answered}),
    ...(typeof inCause.code === 'string' && /^[A-Z0-9_]{1,64}$/.test(inCause.code) && {cause: inCause.code}),
  }
}

/** The word of OAuth by which another server refused, unchecked: from its body, or a challenge in its headers. */
export function oauthErrorOf(thrown: unknown): unknown {
  if (!isObject(thrown)) return undefined
  const {error, cause} = thrown as Record<string, unknown>
  if (error !== undefined || !Array.isArray(cause)) return error
  const challenges = cause as {parameters?: {error?: unknown}}[]
  return challenges.map((one) => one?.parameters?.error).find((word) => word !== undefined)
}

function describeRequest(request: unknown): object {
  const {id, method, routeOptions, ip} = request as {
    id?: unknown
    method?: unknown
    routeOptions?: {url?: unknown}
    ip?: unknown
  }
  return {id, method, route: routeOptions?.url ?? null, address: ip}
}

const describeReply = (reply: unknown): object => ({status: (reply as {statusCode?: unknown}).statusCode})
