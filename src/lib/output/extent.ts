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
