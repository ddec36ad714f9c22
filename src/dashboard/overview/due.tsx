import {List, Text} from '@mantine/core'
import {useList} from '../api/use-route.ts'
import {PageLink} from '../shown/link.tsx'
import {Loaded} from '../shown/loaded.tsx'
import {daysUntil, inDays} from '../shown/time.tsx'
import {Section} from './section.tsx'

/** How far ahead it is looked, in days. */
export const AHEAD = 30

type DueItem = readonly [name: string, when: string, place: {scope: string; key: string} | null]

/** What will need somebody, and when; a secret leads to itself. */
export function Due({items, none}: {items: readonly DueItem[]; none: string}) {
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

/** The secrets that expire, are overdue for rotation, or wait for a value. */
export function DueSecrets() {
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
