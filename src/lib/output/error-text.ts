import type {PosternError} from '../../client/error.ts'

/** An error for people: what happened and why, the next command to type, and the request id to ask about. */
export function errorText(error: PosternError): string {
  const {next, requestId} = error.facts
  return [`Error: ${error.message}`, next && `Next: ${next}`, requestId && `Request id: ${requestId}`]
    .filter((line) => line !== undefined && line !== '')
    .map((line) => `${line}\n`)
    .join('')
}
