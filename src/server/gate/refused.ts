import type {Problem} from '../../contract/problem.ts'
import type {ProblemCode} from '../../contract/problems.ts'

type Facts = Partial<
  Pick<Problem, 'operation' | 'category' | 'label' | 'cliEquivalent' | 'currentVersion' | 'retryAfter'>
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
