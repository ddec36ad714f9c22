import {Alert} from '@mantine/core'
import IconLock from '@tabler/icons-react/icons/IconLock'
import {type Operation, operations} from '../../contract/operations.ts'
import {useMay} from '../api/use-route.ts'
import {labelOf, useLocks} from './use-lock.ts'

/** Says which of a page's operations are locked; if all are, that the page is read-only. */
export function LockBanner({of}: {of: readonly Operation[]}) {
  const lockOf = useLocks()
  const may = useMay()
  const mine = of.filter((operation) => may(operations[operation].permission))
  const locked = mine.filter((operation) => lockOf(operation) !== null)
  if (locked.length === 0) return null
  const all = locked.length === mine.length
  return (
    <Alert
      role="status"
      color="yellow"
      icon={<IconLock />}
      title={all ? 'This page is read-only' : 'Some of this page is locked'}
      mb="md"
    >
      The policy leaves to the CLI: {locked.map((operation) => labelOf(operation).toLowerCase()).join(', ')}.
    </Alert>
  )
}
