import type {Readable} from 'node:stream'
import {PosternError} from '../../client/error.ts'
import {fileOf, policyFile, type RuleSpec, rulesIn} from '../../contract/policy-file.ts'
import {deepest, type Place, sentenceFor} from './policy-file-problem.ts'
import type {Document, LineCounter} from './yaml.ts'
import * as yaml from './yaml.ts'

/** A rule of a file, and the line that it begins on. */
export type FileRule = RuleSpec & {line: number}

/** In bytes; a full policy has half as many. */
export const MAX_POLICY_FILE = 64 * 1024

/**
 * The rules of a policy file; `-` is stdin. Plain YAML 1.2 alone: no tags, no anchors, no second document, no key twice.
 * @throws PosternError `usage` that names the line and repeats nothing that is in it.
 */
export async function readPolicyFile(path: string, stdin: Readable): Promise<FileRule[]> {
  const text = decoded(path === '-' ? await wholeOf(stdin) : await fromFile(path))
  return parsePolicyFile(text)
}

/** The rules in the text of a policy file. @throws PosternError `usage`, as above. */
export function parsePolicyFile(text: string): FileRule[] {
  if (nestsDeeply(text)) throw wrong(null, 'it nests deeper than a policy does')
  const lines = new yaml.LineCounter()
  // With logLevel `silent` it would take the first of many documents.
  const document = yaml.parseDocument(text, {lineCounter: lines, prettyErrors: false, logLevel: 'error'})
  const [broken] = document.errors
  if (broken !== undefined)
    throw wrong(lineAt(lines, broken.pos[0]), meanings[broken.code] ?? `it is no YAML (${broken.code})`)
  refuseMachinery(document, lines)

  const read = policyFile.safeParse(document.toJS({maxAliasCount: 0}))
  if (!read.success) {
    const place = deepest(read.error.issues[0]!)
    const path = present(document, place.path)
    throw wrong(lineOf(document, lines, {...place, path}), sentenceFor({...place, path}, document.toJS()?.version))
  }
  const rules = rulesIn(read.data).map((rule, index) => ({
    ...rule,
    line: lineOf(document, lines, {path: ['rules', index], key: null}),
  }))
  const first = new Map<string, number>()
  for (const {selector, line} of rules) {
    const id = JSON.stringify(selector)
    const before = first.get(id)
    if (before !== undefined) throw wrong(line, `it speaks of the same as line ${before}`)
    first.set(id, line)
  }
  return rules
}

/** These rules as the text of a policy file. */
export const policyFileText = (rules: readonly RuleSpec[]): string => yaml.stringify(fileOf(rules), {lineWidth: 0})

/** What the library says in words of its own, which may hold what was typed, by its code. */
const meanings: Partial<Record<string, string>> = {
  DUPLICATE_KEY: 'this key is there already',
  MULTIPLE_DOCS: 'a second document begins; a policy is one',
  TAB_AS_INDENT: 'YAML is indented with blanks, not with tabs',
  RESOURCE_EXHAUSTION: 'it nests deeper than a policy does',
}

/** What is no plain data: tags make types, anchors make a small file large. */
function refuseMachinery(document: Document.Parsed, lines: LineCounter): void {
  const refuse = (range: readonly number[] | null | undefined, what: string) => {
    throw wrong(lineAt(lines, range?.[0] ?? 0), `${what} are not taken here`)
  }
  yaml.visit(document, {
    Alias: (_, node) => refuse(node.range, 'anchors and aliases'),
    Node: (_, node) => {
      if (node.tag !== undefined) refuse(node.range, 'tags')
      if ('anchor' in node && node.anchor !== undefined) refuse(node.range, 'anchors and aliases')
    },
  })
}

/** The library's own composer goes as deep as the text does, and has ended the whole process there. */
const nestsDeeply = (text: string): boolean =>
  /^(?:[ \t]*[-?:][ \t]+){8}/m.test(text) || (text.match(/[[{]/g)?.length ?? 0) > 1000

const lineAt = (lines: LineCounter, offset: number): number => Math.max(lines.linePos(offset).line, 1)

/** As much of a path as the document has: what is missing is said of what should have it. */
function present(document: Document.Parsed, path: readonly PropertyKey[]): readonly PropertyKey[] {
  return path.length === 0 || document.hasIn(path) ? path : present(document, path.slice(0, -1))
}

/** The line of what `path` leads to, or of the nearest thing around it that has a place. */
function lineOf(document: Document.Parsed, lines: LineCounter, {path, key}: Place): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (typeof node !== 'object' || node === null || !('range' in node)) continue
    const pair = key !== null && yaml.isMap(node) ? node.items.find((item) => String(item.key) === key) : undefined
    const at = yaml.isScalar(pair?.key) ? pair.key : node
    return lineAt(lines, (at as {range?: readonly number[] | null}).range?.[0] ?? 0)
  }
  return 1
}

export function wrong(line: number | null, what: string, next?: string): PosternError {
  return new PosternError(
    'usage',
    `${line === null ? 'The policy file' : `Line ${line} of the policy file`} is not right: ${what}.`,
    {
      next: next ?? 'postern policy show --yaml   (prints the rules that are in force as such a file)',
    },
  )
}

async function fromFile(path: string): Promise<Buffer> {
  const {createReadStream} = await import('node:fs')
  try {
    // A pipe gives what was written so far: it is read to its end.
    return await wholeOf(createReadStream(path))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'failed'
    throw new PosternError('usage', `The policy file cannot be read (${code}).`, {
      next: 'Check its path and permissions.',
    })
  }
}

/** All of it, or more than a policy file may have. */
async function wholeOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk))
    length += chunks.at(-1)!.length
    if (length > MAX_POLICY_FILE) break
  }
  return Buffer.concat(chunks)
}

function decoded(bytes: Buffer): string {
  if (bytes.length > MAX_POLICY_FILE) throw wrong(null, 'it is larger than 64 KiB')
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch {
    throw wrong(null, 'it is not UTF-8')
  }
}
