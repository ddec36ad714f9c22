import type {Problem} from '../../contract/problem.ts'
import type {ProblemCode} from '../../contract/problems.ts'

export type Facts = Partial<
  Pick<Problem, 'operation' | 'category' | 'label' | 'cliEquivalent' | 'currentVersion' | 'retryAfter' | 'about'>
>

/** A request that is refused: a code, a sentence that repeats nothing of the input, and what the problem document adds. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly code: ProblemCode
  readonly facts: Facts

  constructor(code: ProblemCode, detail: string, facts: Facts = {}) {
    super(detail)
    this.code = code
    this.facts = facts
  }
}

/** What is answered for an organization that is not there, or another tenant's: on any route, whatever else it is about. */
export const NO_ORG = ['not_found', 'There is no such organization.', {about: 'organization'}] as const
