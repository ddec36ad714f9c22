/** A length in bytes, as text. */
export const sizeOf = (bytes: number): string => `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`
