import {List, Text} from '@mantine/core'
import {useQueries} from '@tanstack/react-query'
import {ask} from '../api/ask.ts'
import {useList, useMay} from '../api/use-route.ts'
import {PageLink} from '../shown/link.tsx'
import {Loaded} from '../shown/loaded.tsx'

/** How many environments are looked at. */
const LOOKED_AT = 50

/** The environments that get a name, as workloads of no host and no labels would; and where something else shadows it. */
export function GivenTo({scope, name}: {scope: string; name: string}) {
  const may = useMay()
  const environments = useList('environmentsList', {}, {enabled: may('environments.list')})
  if (!may('environments.list')) return <Text c="dimmed">You may not see the environments.</Text>
  return (
    <Loaded of={environments}>
      {({items}) => (
        <Explained
          environments={items.slice(0, LOOKED_AT).map((one) => one.environment)}
          all={items.length}
          {...{scope, name}}
        />
      )}
    </Loaded>
  )
}

interface ExplainedProps {
  environments: string[]
  all: number
  scope: string
  name: string
}

function Explained({environments, all, scope, name}: ExplainedProps) {
  const found = useQueries({
    queries: environments.map((environment) => ({
      queryKey: ['environmentsExplain', {query: {environment, key: name}}],
      queryFn: () => ask('environmentsExplain', {query: {environment, key: name}}),
    })),
  })
  const given = found.flatMap(({data}) =>
    (data?.items ?? []).flatMap((item) => {
      if (item.scope === scope) return [{environment: data!.environment, how: 'gets it'}]
      return item.shadows.some((one) => one.scope === scope)
        ? [{environment: data!.environment, how: `gets that of ${item.scope} in its place`}]
        : []
    }),
  )
  if (found.some(({isPending}) => isPending)) return <Text c="dimmed">Looking…</Text>
  return (
    <>
      {given.length === 0 && <Text c="dimmed">No environment gets it.</Text>}
      <List size="sm">
        {given.map(({environment, how}) => (
          <List.Item key={environment}>
            <PageLink to="/environments" search={{environment}}>
              {environment}
            </PageLink>{' '}
            {how}
          </List.Item>
        ))}
      </List>
      {all > environments.length && (
        <Text size="xs">
          The first {environments.length} of {all} environments were looked at.
        </Text>
      )}
    </>
  )
}
