import type {Problem} from '../contract/problem.ts'
import {isProblemCode, type ProblemCode, problems} from '../contract/problems.ts'

export interface ErrorFacts {
  /** The next command to type. */
  next?: string
  requestId?: string
  /** What the policy said, when it refused. */
  operation?: string
  category?: string
  label?: string
  cliEquivalent?: string
  currentVersion?: number
  /** What it is about, where the code leaves it open. */
  about?: string
  /** In seconds. */
  retryAfter?: number
  /** Of an audit log or archive that does not verify: what is wrong first, and at which entry or line. */
  kind?: string
  sequence?: number
  line?: number
}

/** The one error that the client and the CLI raise: a stable code, a sentence, and the next step. It carries no cause. */
export class PosternError extends Error {
  override readonly name = 'PosternError'
  readonly code: ProblemCode
  readonly facts: ErrorFacts

  constructor(code: ProblemCode, message: string, facts: ErrorFacts = {}) {
    super(message)
    this.code = code
    const {next} = problems[code] as {next?: string}
    this.facts = next === undefined ? facts : {next, ...facts}
  }

  /** The exit status that the CLI ends with. */
  get exitCode(): number {
    return problems[this.code].exit
  }

  /** What `--json` prints of it: code, message and facts, nothing else. */
  toJSON(): object {
    return {code: this.code, message: this.message, ...this.facts}
  }
}

/** The error that a problem answer stands for. A code that this client does not know counts as its status' plainest. */
export function errorOf(problem: Problem): PosternError {
  const {requestId, operation, category, label, cliEquivalent, currentVersion, about, retryAfter} = problem
  const facts = Object.fromEntries(
    Object.entries({requestId, operation, category, label, cliEquivalent, currentVersion, about, retryAfter}).filter(
      ([, v]) => v !== undefined,
    ),
  ) as ErrorFacts
  if (cliEquivalent !== undefined) facts.next = cliEquivalent
  if (retryAfter !== undefined) facts.next = `Wait ${retryAfter} s, and run it again.`
  return new PosternError(isProblemCode(problem.code) ? problem.code : codeOf(problem.status), problem.detail, facts)
}

/** The code that stands for a bare HTTP status, as a proxy in between may answer. */
export function codeOf(status: number): ProblemCode {
  if (status === 502 || status === 504) return 'unavailable'
  for (const [code, entry] of Object.entries(problems)) if (entry.status === status) return code as ProblemCode
  return 'failed'
}
