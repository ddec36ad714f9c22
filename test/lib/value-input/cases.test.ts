import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from 'vitest'
import {run, tempFolder} from '../../world/program.ts'

interface Case {
  name: string
  source: string
  givenBase64: string | null
  flags: string[]
  expect: {exit: number; sha256?: string; bytes?: number}
}

const copy = new URL('../../cases/value-input.json', import.meta.url)
const shared = new URL('../../../../shared/cases/value-input.json', import.meta.url)
const {cases} = JSON.parse(readFileSync(copy, 'utf8')) as {cases: Case[]}

const home = tempFolder()
afterAll(home.remove)

/** The flags of a source, and what is piped in. */
function given({source, givenBase64}: Case): {flags: string[]; stdin?: Buffer; env: Record<string, string>} {
  const bytes = givenBase64 === null ? null : Buffer.from(givenBase64, 'base64')
  const path = join(home.path, 'value')
  const modes: Record<string, () => {flags: string[]; stdin?: Buffer; env?: Record<string, string>}> = {
    stdin: () => ({flags: ['--from-stdin'], stdin: bytes ?? Buffer.alloc(0)}),
    pipe: () => ({flags: [], stdin: bytes ?? Buffer.alloc(0)}),
    file: () => {
      if (bytes !== null) writeFileSync(path, bytes)
      return {flags: ['--from-file', bytes === null ? join(home.path, 'missing') : path]}
    },
    env: () => ({flags: ['--from-env', 'GIVEN'], env: bytes === null ? {} : {GIVEN: bytes.toString('utf8')}}),
    argv: () => ({flags: ['--value', bytes?.toString('utf8') ?? '']}),
    prompt: () => ({flags: ['--prompt']}),
  }
  const parts = source.split('+').map((mode) => modes[mode]!())
  const stdin = parts.find((part) => part.stdin !== undefined)?.stdin
  return {
    flags: parts.flatMap((part) => part.flags),
    env: Object.assign({}, ...parts.map((part) => part.env)),
    ...(stdin === undefined ? {} : {stdin}),
  }
}

describe.each(['secret', 'variable'])('%s set --dry-run', (noun) => {
  test.each(cases)('$name', async (one) => {
    const {flags, stdin, env} = given(one)
    const argv = [noun, 'set', '--scope', 'production', 'KEY', '--dry-run', ...flags, ...one.flags]
    const ran = await run(argv, home.path, {env, ...(stdin === undefined ? {} : {stdin})})
    expect(ran.code, ran.stderr).toBe(one.expect.exit)
    const value = one.givenBase64 === null ? '' : Buffer.from(one.givenBase64, 'base64').toString('latin1').trim()
    if (value.length > 3) expect(ran.stdout + ran.stderr).not.toContain(value)
    if (one.expect.exit === 0) {
      expect(ran.stdout).toBe(`[dry-run] would set KEY in scope production sha256=${one.expect.sha256}\n`)
      expect(ran.stderr.includes('shell history')).toBe(one.source === 'argv')
    } else {
      expect(ran.stdout).toBe('')
      expect(ran.stderr).toMatch(/^Error: .+/m)
      if (one.name.includes('--no-trim would match')) expect(ran.stderr).toContain('--no-trim')
      if (one.name.includes('names the variable')) expect(ran.stderr).toContain('GIVEN')
    }
  })
})

test.skipIf(!existsSync(shared))('the copy is the shared file, byte by byte', () => {
  expect(readFileSync(copy).equals(readFileSync(shared))).toBe(true)
})
