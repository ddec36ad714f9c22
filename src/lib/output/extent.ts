/** What a scope and all below it hold, in words; versions where they were counted. */
export function extentText(held: {scopes: number; secrets: number; variables: number; versions?: number}): string {
  const {scopes, secrets, variables, versions} = held
  const counted: [number | undefined, string][] = [
    [scopes, 'scope'],
    [secrets, 'secret'],
    [variables, 'variable'],
    [versions, 'version'],
  ]
  return counted
    .flatMap(([count, noun]) => (count === undefined ? [] : [`${count} ${noun}${count === 1 ? '' : 's'}`]))
    .join(', ')
}
