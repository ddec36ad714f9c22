/**
 * What the bytes of a secret are. `string`: text or bytes as they came. `file`: bytes that want to be a file. `fields`: a JSON
 * object of named texts. `totp`: an otpauth URI, of which readers get the code of the moment. `reference`: a text in which
 * others are named, and which readers get filled.
 */
export const valueTypes = ['string', 'file', 'fields', 'totp', 'reference'] as const
export type ValueType = (typeof valueTypes)[number]
