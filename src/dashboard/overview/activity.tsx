import {Skeleton, Table, Text, Title} from '@mantine/core'
import {lazy, Suspense} from 'react'
import type {AuditEntry} from '../../contract/routes/audit.ts'
import {useRead} from '../api/use-route.ts'
import {Outcome, targetOf} from '../audit/entry.tsx'
import {Columns} from '../shown/columns.tsx'
import {Loaded} from '../shown/loaded.tsx'
import {Time} from '../shown/time.tsx'
import {everyDay} from './every-day.ts'
import {Section} from './section.tsx'

const Chart = lazy(() => import('./chart.tsx'))

const DAYS = 14
/** What is counted, and not shown, is asked less often; in milliseconds. */
const SELDOM = 300_000

/** Writes and refusals by day. */
export function Activity() {
  const activity = useRead('auditActivity', {query: {days: DAYS}}, {staleTime: SELDOM})
  return (
    <Section title={`Writes and refusals of ${DAYS} days`}>
      <Loaded of={activity}>
        {({days, since}) => (
          <>
            <Suspense fallback={<Skeleton height={200} />}>
              <Chart days={everyDay(days, DAYS, new Date())} />
            </Suspense>
            {since !== null && (
              <Text size="xs">There are many: counted since {since.slice(0, 16).replace('T', ' ')} UTC.</Text>
            )}
          </>
        )}
      </Loaded>
    </Section>
  )
}

/** The newest entries of the audit log. */
export function Recent() {
  const log = useRead('auditList', {query: {limit: 10}})
  return (
    <>
      <Title order={2} size="h5" mt="lg" mb="xs">
        Recent activity
      </Title>
      <Loaded of={log}>
        {({entries}) => (
          <Columns
            caption="Recent activity"
            heads={['Time (UTC)', 'Operation', 'About', 'Actor', 'Outcome']}
            minWidth={640}
          >
            {entries.map(({canonical}) => {
              const entry = JSON.parse(canonical) as AuditEntry
              return (
                <Table.Tr key={entry.sequence}>
                  <Table.Td>
                    <Time at={entry.time} />
                  </Table.Td>
                  <Table.Td className="mono">{entry.operation}</Table.Td>
                  <Table.Td className="mono">{targetOf(entry)}</Table.Td>
                  <Table.Td>{entry.actor.name}</Table.Td>
                  <Table.Td>
                    <Outcome entry={entry} />
                  </Table.Td>
                </Table.Tr>
              )
            })}
          </Columns>
        )}
      </Loaded>
    </>
  )
}
