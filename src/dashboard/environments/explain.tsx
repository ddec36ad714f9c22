import {Button, Group, List, Table, Text, TextInput} from '@mantine/core'
import {useState} from 'react'
import type {ReplyOf} from '../api/ask.ts'
import {useRead} from '../api/use-route.ts'
import {Columns} from '../shown/columns.tsx'
import {Loaded} from '../shown/loaded.tsx'
import {type Claims, claimsIn} from './claims.ts'

const why: Record<ReplyOf<'environmentsExplain'>['idle'][number]['why'], string> = {
  host: 'it is for other hosts',
  claim: 'a claim in its pattern is missing',
  empty: 'its scopes hold nothing',
}

/** What a workload gets, from which binding, and what that shadows: names, never a value. */
export function Explain({environment}: {environment: string}) {
  const [claims, setClaims] = useState<Claims>({})
  const explained = useRead('environmentsExplain', {query: {environment, ...claims}})
  return (
    <>
      <form
        aria-label="As which workload"
        onSubmit={(event) => {
          event.preventDefault()
          setClaims(claimsIn(new FormData(event.currentTarget)))
        }}
      >
        <Group align="flex-end" gap="xs" mb="sm">
          <TextInput name="agentId" label="Agent" placeholder="its token's name" />
          <TextInput name="host" label="Host" placeholder="web-1" />
          <TextInput name="labels" label="Labels" placeholder="region=eu tier=1" />
          <Button type="submit" variant="default">
            Explain
          </Button>
        </Group>
      </form>
      <Loaded of={explained}>
        {({items, missing, idle}) => (
          <>
            <Columns
              caption={`What ${environment} gets`}
              heads={['Key', 'From', 'Version', 'By the binding', 'Shadows']}
              empty={items.length === 0 ? 'It gets nothing.' : null}
            >
              {items.map((item) => (
                <Table.Tr key={item.key}>
                  <Table.Td className="mono">{item.key}</Table.Td>
                  <Table.Td className="mono">{`${item.kind} ${item.scope}`}</Table.Td>
                  <Table.Td>{item.version}</Table.Td>
                  <Table.Td className="mono">{`${item.binding.scope}${item.binding.host === '**' ? '' : `, ${item.binding.host}`}`}</Table.Td>
                  <Table.Td className="mono">{item.shadows.map(({scope}) => scope).join(', ')}</Table.Td>
                </Table.Tr>
              ))}
            </Columns>
            {missing.length > 0 && (
              <Text mt="sm" fw={600}>
                Declared, without a value yet: {missing.map(({scope, key}) => `${scope} ${key}`).join(', ')}
              </Text>
            )}
            <List size="sm" mt="sm">
              {idle.map((one) => (
                <List.Item key={`${one.environment} ${one.scope} ${one.host}`}>
                  <span className="mono">{one.scope}</span> gives nothing: {why[one.why]}
                </List.Item>
              ))}
            </List>
          </>
        )}
      </Loaded>
    </>
  )
}
