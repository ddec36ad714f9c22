import {Buffer} from 'node:buffer'
import {createHash} from 'node:crypto'

/** A part of a root key, or all of it, for paper. The format: docs/formats/recovery-share.md. */
export interface RecoveryShare {
  /** Of the key that it is a part of, 16 hex digits. */
  rootKeyId: string
  /** Which shares were made together: those of different kits do not go together. 0 to 255. */
  kit: number
  /** How many shares give the key; 1: this is the key. */
  threshold: number
  /** Which of the shares this is, from 1. */
  number: number
  /** 32 bytes: the values of the polynomials at `x`, or the key itself. */
  bytes: Uint8Array
  /** Where they are the values; 0 for the key itself. */
  x: number
}

const FORMAT = 1

/** The names of a share's lines, in their order. */
export const LETTERS = ['A', 'B', 'C', 'D', 'E'] as const

/** How many bytes a line has, before its check byte. */
const WIDTH = 9

/** A share as five lines that somebody can type: a letter, and five groups of four hex digits, the last two a check. */
export function shareLines({rootKeyId, kit, threshold, number, bytes, x}: RecoveryShare): string[] {
  const header = Buffer.concat([Buffer.from([FORMAT]), Buffer.from(rootKeyId, 'hex')])
  const all = Buffer.concat([header, Buffer.from([kit, threshold, number, x]), bytes])
  return LETTERS.map((letter, at) => {
    const line = Buffer.concat([all.subarray(at * WIDTH, (at + 1) * WIDTH), checkOf(all.subarray(0, (at + 1) * WIDTH))])
    return `${letter}  ${line.toString('hex').replace(/.{4}(?=.)/g, '$& ')}`
  })
}

/** The check byte at the end of a line is over all bytes until there, so that no line passes for another share's. */
const checkOf = (bytes: Uint8Array): Buffer =>
  createHash('sha256').update('postern recovery share').update(bytes).digest().subarray(0, 1)

/**
 * The bytes of one line as it was typed, with or without its letter, after those of the lines before it; null: it is
 * mistyped, or another line.
 */
export function readShareLine(text: string, before: Uint8Array): Buffer | null {
  const letter = LETTERS[before.length / WIDTH]
  if (letter === undefined) return null
  const typed = text
    .replace(/[\s:.)-]/g, '')
    .replace(/o/gi, '0')
    .replace(/[il]/gi, '1')
  const hex = typed.length === 21 && typed[0]!.toUpperCase() === letter ? typed.slice(1) : typed
  if (!/^[0-9a-f]{20}$/i.test(hex)) return null
  const line = Buffer.from(hex, 'hex')
  const bytes = line.subarray(0, WIDTH)
  return checkOf(Buffer.concat([before, bytes])).equals(line.subarray(WIDTH)) ? bytes : null
}

/** Why a text is no share: the letter of the first line that is not right, or that lines are missing. */
export type ShareProblem = {line: (typeof LETTERS)[number]} | 'missing' | 'format'

/** The share that a text has among other lines, as a sheet does. */
export function readShare(text: string): RecoveryShare | ShareProblem {
  const lines = text.split(/\r?\n/).flatMap((line) => /^\s*([A-E])[\s:.)-]+([0-9a-foil\s-]+)$/i.exec(line)?.[0] ?? [])
  const found = LETTERS.map((letter) => lines.filter((line) => line.trim()[0]!.toUpperCase() === letter))
  if (found.some((those) => those.length !== 1)) return 'missing'
  let all = Buffer.alloc(0)
  for (const [at, letter] of LETTERS.entries()) {
    const bytes = readShareLine(found[at]![0]!, all)
    if (bytes === null) return {line: letter}
    all = Buffer.concat([all, bytes])
  }
  return shareOf(all) ?? 'format'
}

/** The share that the bytes of its five lines are; null: it is of a format that is not known here. */
export function shareOf(all: Uint8Array): RecoveryShare | null {
  const [format, ...rest] = all
  if (format !== FORMAT || all.length !== LETTERS.length * WIDTH) return null
  const [kit, threshold, number, x] = rest.slice(8, 12) as [number, number, number, number]
  const rootKeyId = Buffer.from(rest.slice(0, 8)).toString('hex')
  return {rootKeyId, kit, threshold, number, x, bytes: Buffer.from(rest.slice(12))}
}
