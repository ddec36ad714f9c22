import {Badge, Table} from '@mantine/core'
import {useState} from 'react'
import type {Version} from '../../contract/routes/shared.ts'
import {useList, useWrite} from '../api/use-route.ts'
import {Act} from '../locks/act.tsx'
import type {Lock} from '../locks/use-lock.ts'
import {Asked} from '../shown/asked.tsx'
import {Columns} from '../shown/columns.tsx'
import {Loaded} from '../shown/loaded.tsx'
import {Problem} from '../shown/problem.tsx'

interface HistoryProps {
  kind: 'secret' | 'variable'
  scope: string
  name: string
  /** A lock of the name itself. */
  own?: Lock | null
  onDone: (said: string) => void
}

/** The versions of a name, never a value, each with the way back to it. */
export function History({kind, scope, name, own = null, onDone}: HistoryProps) {
  const asked = {params: {key: name}, query: {scope}}
  const secrets = useList('secretsHistory', asked, {enabled: kind === 'secret'})
  const variables = useList('variablesHistory', asked, {enabled: kind === 'variable'})
  const [to, setTo] = useState<number | null>(null)
  return (
    <>
      {to !== null && <RollBack {...{kind, scope, name, to}} onDone={onDone} onEnd={() => setTo(null)} />}
      <Loaded of={kind === 'secret' ? secrets : variables}>
        {({items}) => (
          <Columns
            caption={`Versions of ${name}`}
            heads={['Version', 'State', 'Bytes', 'Made', 'By', 'Roll back']}
            empty={items.length === 0 ? 'It has no value yet.' : null}
            minWidth={480}
          >
            {items.map((version: Version) => (
              <Table.Tr key={version.version}>
                <Table.Td>{version.version}</Table.Td>
                <Table.Td>
                  <Badge variant="default" tt="none">
                    {version.state}
                  </Badge>
                </Table.Td>
                <Table.Td>{version.length}</Table.Td>
                <Table.Td className="time">{version.createdAt.slice(0, 16).replace('T', ' ')}</Table.Td>
                <Table.Td>{version.createdBy}</Table.Td>
                <Table.Td>
                  {version.state === 'superseded' && (
                    <Act
                      operation={`${kind}s.rollback`}
                      tried={{scope, key: name, version: version.version}}
                      label={`Roll back to ${version.version}`}
                      own={own}
                      onAct={() => setTo(version.version)}
                    />
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Columns>
        )}
      </Loaded>
    </>
  )
}

interface RollBackProps {
  kind: 'secret' | 'variable'
  scope: string
  name: string
  to: number
  onDone: (said: string) => void
  onEnd: () => void
}

/** Asks once more, and rolls back. */
function RollBack({kind, scope, name, to, onDone, onEnd}: RollBackProps) {
  const secret = useWrite('secretsRollback')
  const variable = useWrite('variablesRollback')
  const rollback = kind === 'secret' ? secret : variable
  const go = () =>
    rollback.mutate(
      {params: {key: name}, query: {scope}, body: {to}},
      {
        onSuccess: ({version}) => {
          onDone(`Rolled ${scope} ${name} back to the value of ${to}: version ${version}`)
          onEnd()
        },
      },
    )
  return (
    <Asked
      text={`Write a new version of ${name} with the value of version ${to}?`}
      does="Roll back"
      pending={rollback.isPending}
      onYes={go}
      onNo={onEnd}
    >
      {rollback.error !== null && <Problem error={rollback.error} />}
    </Asked>
  )
}
