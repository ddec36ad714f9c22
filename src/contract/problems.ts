interface ProblemEntry {
  /** The HTTP status that carries it; null: the CLI alone raises it. */
  status: number | null
  /** The CLI's exit status. */
  exit: number
  title: string
  /** What to type next, where nothing nearer is known. */
  next?: string
}

/** Every way to fail, by its stable code: the HTTP status, the exit status, and what it means. */
export const problems = {
  malformed: {status: 400, exit: 2, title: 'The request is not well formed'},
  unauthenticated: {status: 401, exit: 3, title: 'No valid credential', next: 'postern login URL'},
  forbidden: {
    status: 403,
    exit: 4,
    title: 'The credential does not allow this',
    next: 'postern whoami   (shows what you may do)',
  },
  operation_disabled: {status: 403, exit: 4, title: 'The policy allows this from the CLI only'},
  variable_locked: {status: 403, exit: 4, title: 'The variable is locked against the dashboard'},
  not_found: {
    status: 404,
    exit: 5,
    title: 'There is no such thing',
    next: 'postern scope list   (shows what is there)',
  },
  method_not_allowed: {status: 405, exit: 1, title: 'The method is not allowed here'},
  version_conflict: {
    status: 409,
    exit: 6,
    title: 'Someone else wrote in between',
    next: 'postern secret list, or postern variable list   (shows the version that is stored)',
  },
  already_exists: {status: 409, exit: 6, title: 'There is one of this name already'},
  not_empty: {status: 409, exit: 6, title: 'It holds something'},
  in_use: {status: 409, exit: 6, title: 'Something still needs it'},
  request_id_reused: {status: 409, exit: 6, title: 'The request id was used for another request'},
  reply_spent: {status: 409, exit: 6, title: 'The request was done, and its one-time reply is gone'},
  request_timeout: {status: 408, exit: 8, title: 'The request did not come in time'},
  too_large: {status: 413, exit: 1, title: 'The request is too large'},
  url_too_long: {status: 414, exit: 1, title: 'The URL is too long'},
  unsupported_media_type: {status: 415, exit: 1, title: 'The body is not application/json'},
  value_refused: {status: 422, exit: 1, title: 'The value is refused'},
  too_many: {status: 422, exit: 1, title: 'It is more than can be done at once'},
  unresolvable: {
    status: 422,
    exit: 1,
    title: 'A reference cannot be followed',
    next: 'postern secret references --scope SCOPE KEY   (shows who refers to a secret)',
  },
  rate_limited: {status: 429, exit: 1, title: 'Too many requests'},
  headers_too_large: {status: 431, exit: 1, title: 'The headers are too large'},
  internal: {status: 500, exit: 1, title: 'The server failed'},
  damaged: {
    status: 500,
    exit: 1,
    title: 'What is stored is damaged',
    next: 'Set the value anew, or restore it from a backup; the server’s log names each value that does not open.',
  },
  outcome_unknown: {
    status: 503,
    exit: 8,
    title: 'The outcome is unknown',
    next: 'postern audit list --since 5m   (shows whether it was done)',
  },
  overloaded: {
    status: 503,
    exit: 8,
    title: 'The server has more to do than it can',
    next: 'Wait a moment, and run it again.',
  },
  unavailable: {
    status: 503,
    exit: 8,
    title: 'The server cannot answer now',
    next: 'Wait a moment, and run it again; postern whoami shows whether it answers.',
  },
  failed: {status: null, exit: 1, title: 'The command failed'},
  usage: {status: null, exit: 2, title: 'The command was typed wrongly'},
  not_signed_in: {status: null, exit: 3, title: 'Not signed in'},
  fingerprint_mismatch: {status: null, exit: 7, title: 'The value is not the one whose fingerprint was given'},
  unreachable: {
    status: null,
    exit: 8,
    title: 'The server cannot be reached',
    next: 'postern doctor   (looks at everything between here and the server)',
  },
  untrusted: {status: null, exit: 8, title: 'The server is not the one that is trusted'},
  command_not_executable: {status: null, exit: 126, title: 'The command to run is no program'},
  command_not_found: {status: null, exit: 127, title: 'The command to run is not there'},
  interrupted: {status: null, exit: 130, title: 'Interrupted'},
} as const satisfies Record<string, ProblemEntry>

export type ProblemCode = keyof typeof problems

export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code)
