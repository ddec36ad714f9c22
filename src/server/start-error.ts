interface Facts {
  /** What to type or do next. */
  next?: string
  /** `usage` when a flag or variable is wrong, else `failed`. */
  code?: 'usage' | 'failed'
}

/** Why the server does not start: what happened, and what to do next. It carries no cause. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly code: 'usage' | 'failed'
  readonly next: string | undefined

  constructor(message: string, facts: Facts = {}) {
    super(message)
    this.code = facts.code ?? 'failed'
    this.next = facts.next
  }
}

/** A system error's code, such as `ENOENT`; an empty text when it has none. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
