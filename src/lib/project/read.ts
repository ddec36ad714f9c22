import {PosternError} from '../../client/error.ts'
import {type ProjectFile, projectFile} from '../../contract/project-file.ts'
import {MAX_PROJECT_FILE} from './find.ts'

/** What each field that people write in vain means, and what to do instead. */
const hints: Record<string, string> = {
  url: 'It names no server: whoever can write to the folder could have a token sent to them. Use a profile, or POSTERN_URL.',
  server:
    'It names no server: whoever can write to the folder could have a token sent to them. Use a profile, or POSTERN_URL.',
  token: 'It holds no token: use a profile, or POSTERN_TOKEN.',
  scope: 'Scopes are named by folder: "scopes": {".": "my-saas/prod"}.',
}

/** What a project file says. @throws PosternError `usage`, which names the file, and the line or the field that is wrong. */
export function readProjectFile(bytes: Buffer, path: string): ProjectFile {
  if (bytes.length > MAX_PROJECT_FILE) throw wrong(path, `is larger than ${MAX_PROJECT_FILE / 1024} KiB`)
  const read = projectFile.safeParse(parsed(bytes, path))
  if (read.success) return read.data
  const [issue] = read.error.issues
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const at = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])].join('.')
  const what =
    unknown === undefined ? `its field ${at === '' ? 'at the top' : at} is not right` : `there is no field ${at}`
  throw wrong(path, `does not fit: ${what}`, Object.hasOwn(hints, unknown ?? '') ? hints[unknown!] : undefined)
}

function parsed(bytes: Buffer, path: string): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch {
    throw wrong(path, 'is not UTF-8')
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    // What the error says beside the place repeats what is in the file.
    const position = /position (\d+)/.exec((error as Error).message)?.[1]
    const line = text.slice(0, Number(position ?? text.length)).split('\n').length
    throw wrong(path, `is no JSON: line ${line}`)
  }
}

const wrong = (path: string, what: string, next = 'Its schema is docs/formats/postern.schema.json.') =>
  new PosternError('usage', `${path} ${what}.`, {next})
