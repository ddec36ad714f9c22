import {Group, Pagination, Text} from '@mantine/core'
import {type ReactNode, useState} from 'react'

const A_PAGE = 50

/** A long list in pages. */
export function PageOf<T>({
  items,
  more,
  children,
}: {
  items: readonly T[]
  more: boolean
  children: (shown: readonly T[]) => ReactNode
}) {
  const [page, setPage] = useState(1)
  const pages = Math.ceil(items.length / A_PAGE)
  const at = Math.min(page, Math.max(pages, 1))
  return (
    <>
      {children(items.slice((at - 1) * A_PAGE, at * A_PAGE))}
      {pages > 1 && (
        <Group mt="sm">
          <Pagination
            total={pages}
            value={at}
            onChange={setPage}
            size="sm"
            getControlProps={(control) => ({'aria-label': `${control} page`})}
            getItemProps={(number) => ({'aria-label': `page ${number}`})}
          />
          <Text size="sm">{items.length} names</Text>
        </Group>
      )}
      {more && <Text size="sm">There are more than can be shown here: narrow it down, or use the CLI.</Text>}
    </>
  )
}
