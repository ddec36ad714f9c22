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

const noWriting = ['the server may not write there', 'let the server’s user write there'] as const
const inTheWay = ['a file is in its place', 'move that file away'] as const
const noRoom = ['the disk is full', 'make room on its disk'] as const

/** Why a file or folder cannot be made or written, by the system's code, and what to do. */
const reasons: Record<string, readonly [why: string, remedy: string]> = {
  EACCES: noWriting,
  EPERM: noWriting,
  EROFS: ['the file system is read-only', 'mount it for writing'],
  EEXIST: inTheWay,
  ENOTDIR: inTheWay,
  ENOENT: ['nothing can be made there', 'make its folder'],
  ENOSPC: noRoom,
  EDQUOT: noRoom,
  EIO: ['the disk is failing', 'look at its disk'],
}

export const reasonOf = (error: unknown): string => reasons[systemCode(error)]?.[0] ?? systemCode(error)
export const remedyOf = (error: unknown): string => reasons[systemCode(error)]?.[1] ?? 'look at its disk'
