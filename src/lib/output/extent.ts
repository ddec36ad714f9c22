interface Held {
  scopes?: number
  secrets: number
  variables: number
  versions?: number
  tokens?: number
}

/** How much a scope or an organization holds, in words: what was counted of it. */
export function extentText({scopes, secrets, variables, versions, tokens}: Held): string {
  const counted: [number | undefined, string][] = [
    [scopes, 'scope'],
    [secrets, 'secret'],
    [variables, 'variable'],
    [versions, 'version'],
    [tokens, 'token'],
  ]
  return counted
    .flatMap(([count, noun]) => (count === undefined ? [] : [`${count} ${noun}${count === 1 ? '' : 's'}`]))
    .join(', ')
}

/** What is worth a word where secrets are gone from their names. */
export const referencesLeft = (count: number): string =>
  `${count === 1 ? 'A secret refers' : `${count} secrets refer`} to what was there by its name, and cannot be resolved; postern secret references shows which.`
