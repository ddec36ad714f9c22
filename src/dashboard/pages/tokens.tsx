import {Badge, Switch, Table, Text, Title} from '@mantine/core'
import {useState} from 'react'
import type {ShownToken} from '../../contract/routes/tokens.ts'
import {useList} from '../api/use-route.ts'
import {Command} from '../locks/command.tsx'
import {Columns} from '../shown/columns.tsx'
import {Loaded} from '../shown/loaded.tsx'
import {PageOf} from '../shown/page-of.tsx'
import {daysUntil, inDays, Time} from '../shown/time.tsx'
import {WARNING} from '../theme.ts'

/** Who may sign in, as what and how long: never a token itself. They are made and ended on the CLI. */
export default function Tokens() {
  const [revoked, setRevoked] = useState(false)
  const tokens = useList('tokensList', {query: {revoked}})
  const sessions = useList('sessionsList')
  return (
    <>
      <Text mb="xs">Tokens are made, rotated and revoked on the command line:</Text>
      <Command line={'postern token create NAME --role writer --expires 90d\npostern token revoke NAME'} />
      <Switch
        my="md"
        label="Show those that were revoked"
        checked={revoked}
        onChange={() => setRevoked((was) => !was)}
      />
      <Loaded of={tokens}>
        {({items, more}) => (
          <PageOf items={items} more={more}>
            {(shown) => (
              <Columns
                caption="Tokens"
                heads={['Name', 'Role', 'Reaches', 'State', 'Last used (UTC)', 'Made (UTC)', 'By']}
                empty={items.length === 0 ? 'There is no token.' : null}
                minWidth={760}
              >
                {shown.map((token) => (
                  <Table.Tr key={`${token.name} ${token.createdAt}`}>
                    <Table.Td>{token.person === true ? `${token.name} (person)` : token.name}</Table.Td>
                    <Table.Td>{token.role}</Table.Td>
                    <Table.Td className="mono">{reachOf(token)}</Table.Td>
                    <Table.Td>
                      <State of={token} />
                    </Table.Td>
                    <Table.Td>
                      <Time at={token.lastUsedAt} />
                    </Table.Td>
                    <Table.Td>
                      <Time at={token.createdAt} />
                    </Table.Td>
                    <Table.Td>{token.createdBy}</Table.Td>
                  </Table.Tr>
                ))}
              </Columns>
            )}
          </PageOf>
        )}
      </Loaded>
      <Title order={2} size="h4" mt="lg" mb="xs">
        Browsers that are signed in
      </Title>
      <Loaded of={sessions}>
        {({items}) => (
          <Columns caption="Sessions" heads={['Session', 'By the token', 'Since (UTC)', 'Until (UTC)', 'To end it']}>
            {items.map((session) => (
              <Table.Tr key={session.id}>
                <Table.Td className="mono">{session.id}</Table.Td>
                <Table.Td>{session.token}</Table.Td>
                <Table.Td>
                  <Time at={session.createdAt} />
                </Table.Td>
                <Table.Td>
                  <Time at={session.expiresAt} />
                </Table.Td>
                <Table.Td className="mono">postern session revoke {session.id}</Table.Td>
              </Table.Tr>
            ))}
          </Columns>
        )}
      </Loaded>
    </>
  )
}

/** What a token gets to. */
function reachOf({scopes, workload}: ShownToken): string {
  if (workload !== null)
    return workload.environment === null ? 'a deleted environment' : `environment ${workload.environment}`
  return scopes === null ? 'everything' : scopes.join(' ')
}

function State({of: {revokedAt, expiresAt}}: {of: ShownToken}) {
  if (revokedAt !== null) return <Badge variant="default">revoked</Badge>
  if (expiresAt === null) return <>does not expire</>
  const days = daysUntil(expiresAt)
  if (days <= 0) return <Badge color="red.9">expired</Badge>
  return (
    <>
      expires {inDays(expiresAt)} {days <= 30 && <Badge color={WARNING}>soon</Badge>}
    </>
  )
}
