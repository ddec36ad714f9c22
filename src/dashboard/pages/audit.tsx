import {Alert, Anchor, Button, Group, Table, Text} from '@mantine/core'
import IconAlertTriangle from '@tabler/icons-react/icons/IconAlertTriangle'
import IconCircleCheck from '@tabler/icons-react/icons/IconCircleCheck'
import {useQuery} from '@tanstack/react-query'
import {useState} from 'react'
import type {AuditEntry} from '../../contract/routes/audit.ts'
import type {ReplyOf} from '../api/ask.ts'
import {useRead} from '../api/use-route.ts'
import {check} from '../audit/check.ts'
import {Entry, Outcome, type Shown, targetOf} from '../audit/entry.tsx'
import {Export} from '../audit/export.tsx'
import type {Filter} from '../audit/filter.ts'
import {Filters} from '../audit/filters.tsx'
import {Columns} from '../shown/columns.tsx'
import {Loaded} from '../shown/loaded.tsx'
import {Time} from '../shown/time.tsx'

const A_PAGE = 50

/** What was done, disclosed and refused, newest first, and whether the entries that are shown hold together. */
export default function Audit() {
  const [filter, setFilter] = useState<Filter>({})
  // The entry that each earlier page began before.
  const [before, setBefore] = useState<number[]>([])
  const [open, setOpen] = useState<Shown | null>(null)
  const last = before.at(-1)
  const log = useRead('auditList', {query: {...filter, limit: A_PAGE, ...(last === undefined ? {} : {before: last})}})
  return (
    <>
      <Filters
        onFilter={(chosen) => {
          setFilter(chosen)
          setBefore([])
        }}
      />
      <Loaded of={log}>
        {(page) => {
          const shown = page.entries.map(
            ({canonical, hash}): Shown => ({entry: JSON.parse(canonical) as AuditEntry, canonical, hash}),
          )
          const oldest = shown.at(-1)?.entry.sequence
          return (
            <>
              <Chain page={page} whole={Object.keys(filter).length === 0} />
              <Columns
                caption="Audit log"
                heads={['Entry', 'Time (UTC)', 'Operation', 'About', 'Actor', 'Surface', 'Outcome']}
                empty={shown.length === 0 ? 'There is no such entry.' : null}
                minWidth={860}
              >
                {shown.map((one) => (
                  <Table.Tr key={one.entry.sequence}>
                    <Table.Td>
                      <Anchor
                        component="button"
                        onClick={() => setOpen(one)}
                        aria-label={`Entry ${one.entry.sequence}`}
                      >
                        {one.entry.sequence}
                      </Anchor>
                    </Table.Td>
                    <Table.Td>
                      <Time at={one.entry.time} />
                    </Table.Td>
                    <Table.Td className="mono">{one.entry.operation}</Table.Td>
                    <Table.Td className="mono">{targetOf(one.entry)}</Table.Td>
                    <Table.Td>{one.entry.actor.name}</Table.Td>
                    <Table.Td>{one.entry.surface}</Table.Td>
                    <Table.Td>
                      <Outcome entry={one.entry} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Columns>
              <Group mt="sm">
                <Button
                  variant="default"
                  size="xs"
                  disabled={before.length === 0}
                  onClick={() => setBefore((was) => was.slice(0, -1))}
                >
                  Newer
                </Button>
                <Button
                  variant="default"
                  size="xs"
                  disabled={shown.length < A_PAGE || oldest === 1}
                  onClick={() => oldest !== undefined && setBefore((was) => [...was, oldest])}
                >
                  Older
                </Button>
                <Export filter={filter} />
              </Group>
            </>
          )
        }}
      </Loaded>
      {open !== null && <Entry shown={open} onClose={() => setOpen(null)} />}
    </>
  )
}

/** The state of the chain: what the server signed last, and whether the entries of the page hold together. */
function Chain({page, whole}: {page: ReplyOf<'auditList'>; whole: boolean}) {
  const {head, entries} = page
  const checked = useQuery({
    queryKey: ['chain', head.hash, entries[0]?.hash, entries.length],
    queryFn: () => check(page),
    enabled: whole && entries.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: false,
    refetchOnWindowFocus: false,
  })
  const broken = checked.data === 'broken'
  return (
    <Alert
      mb="sm"
      color={broken ? 'red' : 'blue'}
      icon={broken ? <IconAlertTriangle /> : <IconCircleCheck />}
      title={
        broken
          ? 'The entries on this page do not hold together'
          : `${head.sequence} entries, the last signed ${head.time.slice(0, 19).replace('T', ' ')} UTC`
      }
    >
      <Text size="sm">
        {checked.data === 'holds' && 'Each entry on this page is what was hashed, and follows the one before it. '}
        {!whole && 'With a filter, entries do not follow one another, and are not checked here. '}
        All of the log, and the signature: <span className="mono">postern audit verify</span>
      </Text>
    </Alert>
  )
}
