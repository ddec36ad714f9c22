import {Badge, Table, Text} from '@mantine/core'
import {useNavigate, useSearch} from '@tanstack/react-router'
import {useState} from 'react'
import type {Operation} from '../../contract/operations.ts'
import type {ReplyOf} from '../api/ask.ts'
import {useList} from '../api/use-route.ts'
import {Act} from '../locks/act.tsx'
import {LockBanner} from '../locks/banner.tsx'
import type {Lock} from '../locks/use-lock.ts'
import {Columns} from '../shown/columns.tsx'
import {PageLink} from '../shown/link.tsx'
import {Loaded} from '../shown/loaded.tsx'
import {PageOf} from '../shown/page-of.tsx'
import {Problem} from '../shown/problem.tsx'
import {Said} from '../shown/said.tsx'
import {Time} from '../shown/time.tsx'
import {Details} from '../values/details.tsx'
import {History} from '../values/history.tsx'
import {Layout} from '../values/layout.tsx'
import {DeleteVariable, Restore} from '../values/remove.tsx'
import {RowControls} from '../values/row-controls.tsx'
import type {Target} from '../values/set-secret.tsx'
import {SetVariable} from '../values/set-variable.tsx'
import {textOf, useValues, Value} from '../values/variable-values.tsx'

const OPERATIONS: readonly Operation[] = [
  'variables.set',
  'variables.delete',
  'variables.rollback',
  'variables.restore',
  'scopes.create',
  'scopes.rename',
  'scopes.delete',
]

type Variable = ReplyOf<'variablesList'>['items'][number]
type Doing = ({what: 'set'} & Target) | {what: 'restore'} | {what: 'delete'; scope: string; key: string}

/** The variables of a scope with their values, and which are locked. */
export default function Variables() {
  const {scope, key, find} = useSearch({from: '/variables'})
  const navigate = useNavigate()
  const [doing, setDoing] = useState<Doing | null>(null)
  const [said, setSaid] = useState<string | null>(null)
  const inAll = scope === undefined
  const asked = find !== undefined ? {match: find} : inAll ? {} : {scope}
  const variables = useList('variablesList', {query: asked})
  const values = useValues(scope, variables.data?.items)
  const end = () => setDoing(null)
  const done = (text: string) => {
    end()
    setSaid(text)
  }
  const tried = inAll ? {} : {scope}
  const selected = variables.data?.items.find((one) => one.scope === scope && one.key === key)
  return (
    <>
      <LockBanner of={OPERATIONS} />
      <Said text={said} onClose={() => setSaid(null)} />
      <Layout
        page="/variables"
        scope={scope}
        find={find}
        controls={
          <>
            <Act
              operation="variables.set"
              tried={tried}
              label="Add a variable"
              variant="filled"
              onAct={() => setDoing({what: 'set', scope, version: 0})}
            />
            <Act
              operation="variables.restore"
              tried={tried}
              label="Restore"
              onAct={() => setDoing({what: 'restore'})}
            />
          </>
        }
      >
        {inAll && (
          <Text mb="sm">Choose a scope to see the values of its variables; who reads them is in the audit log.</Text>
        )}
        {values.error !== null && <Problem error={values.error} title="The values cannot be shown" />}
        <Loaded of={variables}>
          {({items, more}) => (
            <PageOf items={items} more={more}>
              {(shown) => (
                <Columns
                  caption="Variables"
                  heads={['Key', inAll ? 'Scope' : 'Value', 'Version', 'Updated (UTC)', 'By', 'Do']}
                  empty={items.length === 0 ? 'There is no variable here.' : null}
                  minWidth={640}
                >
                  {shown.map((variable) => (
                    <Table.Tr key={`${variable.scope} ${variable.key}`}>
                      <Table.Td className="mono">
                        <PageLink to="/variables" search={{scope: variable.scope, key: variable.key}}>
                          {variable.key}
                        </PageLink>
                        {variable.locked && (
                          <Badge ml={6} size="sm" tt="none" variant="default">
                            locked
                          </Badge>
                        )}
                      </Table.Td>
                      <Table.Td className="mono">
                        {inAll ? variable.scope : <Value of={values.data?.get(variable.key)} />}
                      </Table.Td>
                      <Table.Td>{variable.version}</Table.Td>
                      <Table.Td>
                        <Time at={variable.updatedAt} />
                      </Table.Td>
                      <Table.Td>{variable.updatedBy}</Table.Td>
                      <Table.Td>
                        <RowControls
                          kind="variable"
                          scope={variable.scope}
                          name={variable.key}
                          own={(operation) => ownLock(operation, variable)}
                          onSet={() => setDoing({what: 'set', ...variable})}
                          onDelete={() => setDoing({what: 'delete', ...variable})}
                        />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Columns>
              )}
            </PageOf>
          )}
        </Loaded>
      </Layout>
      {doing === null && scope !== undefined && key !== undefined && (
        <Details
          scope={scope}
          name={key}
          onClose={() => void navigate({to: '/variables', search: {scope}})}
          sections={[
            ['Value', <Value key="value" of={values.data?.get(key)} />],
            [
              'Versions',
              <History
                key="versions"
                kind="variable"
                scope={scope}
                name={key}
                own={selected === undefined ? null : ownLock('variables.rollback', selected)}
                onDone={setSaid}
              />,
            ],
          ]}
        />
      )}
      {doing?.what === 'set' && (
        <SetVariable target={doing} text={textOf(values.data?.get(doing.key ?? ''))} onDone={done} onClose={end} />
      )}
      {doing?.what === 'restore' && <Restore kind="variable" scope={scope} onDone={done} onClose={end} />}
      {doing?.what === 'delete' && <DeleteVariable scope={doing.scope} name={doing.key} onDone={done} onClose={end} />}
    </>
  )
}

const ownLock = (operation: string, {locked}: Variable): Lock | null =>
  locked ? {operation, why: 'CLI only, for this variable is locked against the dashboard.'} : null
