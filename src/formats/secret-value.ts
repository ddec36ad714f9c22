import {Buffer} from 'node:buffer'
import {inspect} from 'node:util'

/**
 * The bytes of a value that must not be shown. It prints as `[secret]` in templates, JSON, the console and
 * errors; only `bytes()` gives them. `wipe()` overwrites them once they are not needed.
 */
export class SecretValue {
  readonly #bytes: Buffer

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The bytes themselves, not a copy. */
  bytes(): Buffer {
    return this.#bytes
  }

  /** Their number. */
  get length(): number {
    return this.#bytes.length
  }

  wipe(): void {
    this.#bytes.fill(0)
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [Symbol.toPrimitive](): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}
