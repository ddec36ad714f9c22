/** Goes over a list page by page; `pageFrom` gets the cursor of the page to fetch, none for the first. */
export async function* allPages<T>(
  pageFrom: (cursor: string | undefined) => Promise<{items: T[]; nextCursor: string | null}>,
): AsyncGenerator<T[]> {
  let cursor: string | undefined
  do {
    const page = await pageFrom(cursor)
    yield page.items
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
}

/** All items of a list. */
export async function allItems<T>(pageFrom: Parameters<typeof allPages<T>>[0]): Promise<T[]> {
  const items: T[] = []
  for await (const page of allPages(pageFrom)) items.push(...page)
  return items
}
