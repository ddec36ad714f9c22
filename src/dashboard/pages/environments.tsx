import {Grid, Group, Table, Text} from '@mantine/core'
import {useNavigate, useSearch} from '@tanstack/react-router'
import {useState} from 'react'
import type {Operation} from '../../contract/operations.ts'
import {useList} from '../api/use-route.ts'
import {Environment} from '../environments/environment.tsx'
import {Create} from '../environments/forms.tsx'
import {Act} from '../locks/act.tsx'
import {LockBanner} from '../locks/banner.tsx'
import {Columns} from '../shown/columns.tsx'
import {PageLink} from '../shown/link.tsx'
import {Loaded} from '../shown/loaded.tsx'
import {Said} from '../shown/said.tsx'

const OPERATIONS: readonly Operation[] = [
  'environments.create',
  'environments.rename',
  'environments.delete',
  'environments.bind',
  'environments.unbind',
]

/** What workloads get, and from which scopes. */
export default function Environments() {
  const {environment} = useSearch({from: '/environments'})
  const navigate = useNavigate()
  const environments = useList('environmentsList')
  const [creating, setCreating] = useState(false)
  const [said, setSaid] = useState<string | null>(null)
  const done = (text: string, to?: string | null) => {
    setCreating(false)
    setSaid(text)
    if (to !== undefined) void navigate({to: '/environments', search: to === null ? {} : {environment: to}})
  }
  return (
    <>
      <LockBanner of={OPERATIONS} />
      <Said text={said} onClose={() => setSaid(null)} />
      <Grid>
        <Grid.Col span={{base: 12, lg: 4}}>
          <Group mb="sm">
            <Act
              operation="environments.create"
              label="Create an environment"
              variant="filled"
              onAct={() => setCreating(true)}
            />
          </Group>
          <Loaded of={environments}>
            {({items}) => (
              <Columns
                caption="Environments"
                heads={['Environment', 'Bindings', 'Tokens']}
                empty={items.length === 0 ? 'There is no environment yet.' : null}
                minWidth={280}
              >
                {items.map((one) => (
                  <Table.Tr key={one.environment}>
                    <Table.Td className="mono">
                      <PageLink to="/environments" search={{environment: one.environment}}>
                        {one.environment}
                      </PageLink>
                    </Table.Td>
                    <Table.Td>{one.bindings}</Table.Td>
                    <Table.Td>{one.tokens}</Table.Td>
                  </Table.Tr>
                ))}
              </Columns>
            )}
          </Loaded>
        </Grid.Col>
        <Grid.Col span={{base: 12, lg: 8}}>
          {environment === undefined ? (
            <Text c="dimmed">Choose an environment to see what feeds it and what it gives.</Text>
          ) : (
            <Environment key={environment} environment={environment} onDone={done} />
          )}
        </Grid.Col>
      </Grid>
      {creating && <Create onDone={done} onClose={() => setCreating(false)} />}
    </>
  )
}
