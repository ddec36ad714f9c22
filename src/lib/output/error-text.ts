import type {PosternError} from '../../client/error.ts'

/** An error for people: what happened and why, the next command to type, and the request id to ask about. */
export function errorText(error: PosternError, red: (text: string) => string = (text) => text): string {
  const {next, requestId} = error.facts
  return [`${red('Error:')} ${error.message}`, next && `Next: ${next}`, requestId && `Request id: ${requestId}`]
    .filter((line) => line !== undefined && line !== '')
    .map((line) => `${line}\n`)
    .join('')
}
