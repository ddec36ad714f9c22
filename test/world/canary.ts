import {createHash, randomBytes} from 'node:crypto'

/** A value that is found nowhere by chance. */
export const newCanary = (): string => `canary${randomBytes(16).toString('hex')}`

/** Every form in which a value might come out: as it is, reversed by an encoding, or as its fingerprint. */
export function formsOf(canary: string): Map<string, Buffer> {
  const bytes = Buffer.from(canary)
  const forms = new Map<string, Buffer>([
    ['plain', bytes],
    ['upper case', Buffer.from(canary.toUpperCase())],
    ['hex', Buffer.from(bytes.toString('hex'))],
    ['utf-16', Buffer.from(canary, 'utf16le')],
    ['fingerprint', Buffer.from(createHash('sha256').update(bytes).digest('hex'))],
    ['fingerprint bytes', createHash('sha256').update(bytes).digest()],
  ])
  for (const before of [0, 1, 2]) {
    // Base64 of a text looks different by where it begins; the ends depend on the neighbours, so they are cut off.
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    forms.set(`base64 from ${before}`, Buffer.from(encoded.slice(4, -4)))
  }
  return forms
}

/** The forms in which `canary` is in `text`. */
export function leaksIn(text: string | Buffer, canary: string): string[] {
  const haystack = typeof text === 'string' ? Buffer.from(text) : text
  return [...formsOf(canary)].filter(([, form]) => haystack.includes(form)).map(([name]) => name)
}
