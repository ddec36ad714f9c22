/** In the browser, what the client takes from Node's `crypto`. */
export const randomUUID = (): string => crypto.randomUUID()
