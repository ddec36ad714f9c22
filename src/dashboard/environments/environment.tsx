import {Group, Table, Title} from '@mantine/core'
import IconUnlink from '@tabler/icons-react/icons/IconUnlink'
import {useState} from 'react'
import {useRead} from '../api/use-route.ts'
import {Act} from '../locks/act.tsx'
import {Columns} from '../shown/columns.tsx'
import {Loaded} from '../shown/loaded.tsx'
import {Time} from '../shown/time.tsx'
import {Explain} from './explain.tsx'
import {Bind, Delete, Rename, Unbind} from './forms.tsx'

interface EnvironmentProps {
  environment: string
  /** What was done, and the environment to look at then; without, the same. */
  onDone: (said: string, environment?: string | null) => void
}

type Doing = {what: 'rename' | 'delete' | 'bind'} | {what: 'unbind'; scope: string; host: string}

/** An environment: what feeds it, and what it gives. */
export function Environment({environment, onDone}: EnvironmentProps) {
  const shown = useRead('environmentsShow', {query: {environment}})
  const [doing, setDoing] = useState<Doing | null>(null)
  const end = () => setDoing(null)
  const done = (said: string, to?: string | null) => {
    end()
    onDone(said, to)
  }
  const tried = {environment}
  return (
    <section aria-label={environment}>
      <Group mb="sm">
        <Title order={2} size="h4" className="mono">
          {environment}
        </Title>
        <Act
          operation="environments.bind"
          tried={tried}
          label="Bind"
          variant="filled"
          onAct={() => setDoing({what: 'bind'})}
        />
        <Act operation="environments.rename" tried={tried} label="Rename" onAct={() => setDoing({what: 'rename'})} />
        <Act operation="environments.delete" tried={tried} label="Delete" onAct={() => setDoing({what: 'delete'})} />
      </Group>
      <Title order={3} size="h5" mb={6}>
        Bindings
      </Title>
      <Loaded of={shown}>
        {({own, lent}) => (
          <Columns
            caption={`Bindings of ${environment}`}
            heads={['Scopes', 'Hosts', 'Keys', 'Of', 'Made (UTC)', 'By', 'End']}
            empty={own.length + lent.length === 0 ? 'Nothing feeds it yet.' : null}
            minWidth={640}
          >
            {[...own.map((one) => ({...one, environment})), ...lent].map((one) => (
              <Table.Tr key={`${one.environment} ${one.scope} ${one.host}`}>
                <Table.Td className="mono">{one.scope}</Table.Td>
                <Table.Td className="mono">{one.host}</Table.Td>
                <Table.Td className="mono">{one.keys?.join(' ') ?? 'all'}</Table.Td>
                <Table.Td className="mono">{one.environment}</Table.Td>
                <Table.Td>
                  <Time at={one.createdAt} />
                </Table.Td>
                <Table.Td>{one.createdBy}</Table.Td>
                <Table.Td>
                  {one.environment === environment && (
                    <Act
                      operation="environments.unbind"
                      tried={{environment, scope: one.scope}}
                      label={`Unbind ${one.scope}`}
                      icon={IconUnlink}
                      onAct={() => setDoing({what: 'unbind', scope: one.scope, host: one.host})}
                    />
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Columns>
        )}
      </Loaded>
      <Title order={3} size="h5" mt="lg" mb={6}>
        What it gives
      </Title>
      <Explain environment={environment} />
      {doing?.what === 'bind' && <Bind environment={environment} onDone={done} onClose={end} />}
      {doing?.what === 'rename' && <Rename environment={environment} onDone={done} onClose={end} />}
      {doing?.what === 'delete' && (
        <Delete environment={environment} onDone={(said) => done(said, null)} onClose={end} />
      )}
      {doing?.what === 'unbind' && (
        <Unbind environment={environment} scope={doing.scope} host={doing.host} onDone={done} onClose={end} />
      )}
    </section>
  )
}
