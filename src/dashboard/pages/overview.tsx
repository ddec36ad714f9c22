import {Card, SimpleGrid, Skeleton, Text} from '@mantine/core'
import {useList, useMay, useSession} from '../api/use-route.ts'
import {Activity, Recent} from '../overview/activity.tsx'
import {AHEAD, Due, DueSecrets} from '../overview/due.tsx'
import {Keys} from '../overview/keys.tsx'
import {Section} from '../overview/section.tsx'
import {Loaded} from '../shown/loaded.tsx'
import {daysUntil, inDays} from '../shown/time.tsx'

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
