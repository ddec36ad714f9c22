import {Card, List, SimpleGrid, Skeleton, Table, Text, Title} from '@mantine/core'
import {lazy, type ReactNode, Suspense} from 'react'
import type {AuditEntry} from '../../contract/routes/audit.ts'
import {useList, useMay, useRead, useSession} from '../api/use-route.ts'
import {Outcome, targetOf} from '../audit/entry.tsx'
import {everyDay} from '../overview/every-day.ts'
import {Columns} from '../shown/columns.tsx'
import {PageLink} from '../shown/link.tsx'
import {Loaded} from '../shown/loaded.tsx'
import {daysUntil, inDays, Time} from '../shown/time.tsx'

const Chart = lazy(() => import('../overview/chart.tsx'))

const DAYS = 14
/** How far ahead it is looked, in days. */
const AHEAD = 30
/** What is counted, and not shown, is asked less often; in milliseconds. */
const SELDOM = 300_000

/** How much there is, what happened, and what will need somebody soon. */
export default function Overview() {
  const may = useMay()
  const {data: who} = useSession()
  const scopes = useList('scopesList', {}, {enabled: may('scopes.list')})
  const environments = useList('environmentsList', {}, {enabled: may('environments.list')})
  const tokens = useList('tokensList', {}, {enabled: may('tokens.list')})
  const sum = (of: 'secrets' | 'variables') => scopes.data?.items.reduce((all, scope) => all + scope[of], 0)
  return (
    <>
      <SimpleGrid cols={{base: 2, sm: 3, lg: 5}} mb="md">
        {may('scopes.list') && (
          <>
            <Count of="Scopes" many={scopes.data?.items.length} />
            <Count of="Secrets" many={sum('secrets')} />
            <Count of="Variables" many={sum('variables')} />
          </>
        )}
        {may('environments.list') && <Count of="Environments" many={environments.data?.items.length} />}
        {may('tokens.list') && <Count of="Tokens" many={tokens.data?.items.length} />}
      </SimpleGrid>
      <SimpleGrid cols={{base: 1, lg: 2}}>
        {may('audit.read') && <Activity />}
        {may('secrets.list') && <DueSecrets />}
        {may('tokens.list') && (
          <Section title={`Tokens that expire within ${AHEAD} days`}>
            <Loaded of={tokens}>
              {({items}) => (
                <Due
                  none="No token expires soon."
                  items={items
                    .filter(({expiresAt}) => expiresAt !== null && daysUntil(expiresAt) <= AHEAD)
                    .map(({name, expiresAt}) => [name, `expires ${inDays(expiresAt!)}`, null] as const)}
                />
              )}
            </Loaded>
          </Section>
        )}
        {may('keys.rotate') && who?.org === 'default' && <Keys />}
      </SimpleGrid>
      {may('audit.read') && <Recent />}
    </>
  )
}

function Count({of, many}: {of: string; many: number | undefined}) {
  return (
    <Card withBorder padding="sm">
      <Text size="sm">{of}</Text>
      {many === undefined ? (
        <Skeleton height={28} width={40} />
      ) : (
        <Text fz={26} fw={700}>
          {many}
        </Text>
      )}
    </Card>
  )
}

function Section({title, children}: {title: string; children: ReactNode}) {
  return (
    <Card withBorder component="section" aria-label={title}>
      <Title order={2} size="h5" mb="xs">
        {title}
      </Title>
      {children}
    </Card>
  )
}

function Activity() {
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

type DueItem = readonly [name: string, when: string, place: {scope: string; key: string} | null]

function Due({items, none}: {items: readonly DueItem[]; none: string}) {
  if (items.length === 0) return <Text c="dimmed">{none}</Text>
  return (
    <List size="sm">
      {items.map(([name, when, place]) => (
        <List.Item key={name}>
          {place === null ? (
            name
          ) : (
            <PageLink to="/secrets" search={place}>
              {name}
            </PageLink>
          )}
          , {when}
        </List.Item>
      ))}
    </List>
  )
}

function DueSecrets() {
  const expiring = useList('secretsList', {query: {expiringDays: AHEAD}})
  const overdue = useList('secretsList', {query: {overdue: true}})
  const declared = useList('secretsList', {query: {missing: true}})
  return (
    <Section title="Secrets that need somebody">
      <Loaded of={expiring}>
        {({items}) => (
          <Due
            none={`None expires within ${AHEAD} days.`}
            items={items.map(({scope, key, expiresAt}) => [
              `${scope} ${key}`,
              daysUntil(expiresAt!) <= 0 ? 'expired' : `expires ${inDays(expiresAt!)}`,
              {scope, key},
            ])}
          />
        )}
      </Loaded>
      <Loaded of={overdue}>
        {({items}) => (
          <Due
            none="None is overdue for rotation."
            items={items.map(({scope, key, rotateDueAt}) => [
              `${scope} ${key}`,
              `rotation was due ${inDays(rotateDueAt!)}`,
              {scope, key},
            ])}
          />
        )}
      </Loaded>
      <Loaded of={declared}>
        {({items}) => (
          <Due
            none="None waits for a value."
            items={items.map(({scope, key}) => [`${scope} ${key}`, 'waits for a value', {scope, key}])}
          />
        )}
      </Loaded>
    </Section>
  )
}

function Keys() {
  const keys = useRead('keysShow')
  return (
    <Section title="Keys">
      <Loaded of={keys}>
        {({rootKeyId, dataKeys}) => {
          const current = dataKeys.find(({retiredAt}) => retiredAt === null)
          return (
            <List size="sm">
              <List.Item>
                Root key <span className="mono">{rootKeyId}</span>
              </List.Item>
              {current !== undefined && (
                <List.Item>
                  Data key {current.id}: made {inDays(current.createdAt)}, has sealed {current.sealed}
                </List.Item>
              )}
              <List.Item>{dataKeys.length - 1} earlier data keys</List.Item>
            </List>
          )
        }}
      </Loaded>
    </Section>
  )
}

function Recent() {
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
