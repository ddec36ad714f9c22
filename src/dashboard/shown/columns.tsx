import {Table, Text} from '@mantine/core'
import type {ReactNode} from 'react'

interface ColumnsProps {
  /** What the table shows, for those who do not see it. */
  caption: string
  heads: readonly ReactNode[]
  children: ReactNode
  /** Said instead of an empty table; null: it is not empty. */
  empty?: string | null
  /** Under which it scrolls sideways, in pixels. */
  minWidth?: number
}

/** A table that scrolls sideways within itself where there is little room. */
export function Columns({caption, heads, children, empty = null, minWidth = 560}: ColumnsProps) {
  if (empty !== null) return <Text c="dimmed">{empty}</Text>
  return (
    <Table.ScrollContainer minWidth={minWidth} type="native" tabIndex={0} role="region" aria-label={caption}>
      <Table verticalSpacing={6} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {heads.map((head, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: heads do not move
              <Table.Th key={at}>{head}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
