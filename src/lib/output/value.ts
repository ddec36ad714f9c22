import {type Buffer, isUtf8} from 'node:buffer'

/**
 * A value as a terminal may show it: a text as it is, as a JSON text where it has what a terminal would act on; bytes that
 * are no text in base64. `lines`: it may have several, with tabs.
 */
export function valueText(bytes: Buffer, {lines}: {lines: boolean}): string {
  if (!isUtf8(bytes)) return `base64:${bytes.toString('base64')}`
  const text = bytes.toString('utf8')
  const plain = lines ? text.replace(/[\n\t]|\r\n/g, '') : text
  return (lines && plain === '') || /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(plain) ? text : escaped(text)
}

/** As JSON, with all escaped that is not seen. */
const escaped = (text: string): string =>
  JSON.stringify(text).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (one) =>
    one
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )

/** Writes a value: to a terminal with a newline, and nothing that it would act on; its exact bytes to all else. */
export function writeValue(bytes: Buffer, to: {stdout: NodeJS.WritableStream; stdoutIsTerminal: boolean}): void {
  to.stdout.write(to.stdoutIsTerminal ? `${valueText(bytes, {lines: true})}\n` : bytes)
}
