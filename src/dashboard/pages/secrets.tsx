import {Badge, Table, Text} from '@mantine/core'
import {useNavigate, useSearch} from '@tanstack/react-router'
import {useState} from 'react'
import type {Operation} from '../../contract/operations.ts'
import {useList} from '../api/use-route.ts'
import {Act} from '../locks/act.tsx'
import {LockBanner} from '../locks/banner.tsx'
import {Columns} from '../shown/columns.tsx'
import {PageLink} from '../shown/link.tsx'
import {Loaded} from '../shown/loaded.tsx'
import {PageOf} from '../shown/page-of.tsx'
import {Said} from '../shown/said.tsx'
import {daysUntil, Time} from '../shown/time.tsx'
import {WARNING} from '../theme.ts'
import {DeclareSecret} from '../values/declare-secret.tsx'
import {Details} from '../values/details.tsx'
import {Facts, tagsOf} from '../values/facts.tsx'
import {GivenTo} from '../values/given-to.tsx'
import {History} from '../values/history.tsx'
import {Layout} from '../values/layout.tsx'
import {DeleteSecret, Restore} from '../values/remove.tsx'
import {RowControls} from '../values/row-controls.tsx'
import {SetSecret, type Target} from '../values/set-secret.tsx'

const OPERATIONS: readonly Operation[] = [
  'secrets.set',
  'secrets.declare',
  'secrets.describe',
  'secrets.delete',
  'secrets.rollback',
  'secrets.restore',
  'scopes.create',
  'scopes.rename',
  'scopes.delete',
]

type Doing = ({what: 'set'} & Target) | {what: 'declare' | 'restore'} | {what: 'delete'; scope: string; key: string}

/** Names, versions and facts; a value goes in, and never comes out. */
export default function Secrets() {
  const {scope, key, find} = useSearch({from: '/secrets'})
  const navigate = useNavigate()
  const [doing, setDoing] = useState<Doing | null>(null)
  const [said, setSaid] = useState<string | null>(null)
  const inAll = scope === undefined
  const asked = find !== undefined ? {match: find} : inAll ? {} : {scope}
  const secrets = useList('secretsList', {query: asked})
  const end = () => setDoing(null)
  const done = (text: string) => {
    end()
    setSaid(text)
  }
  const tried = scope === undefined ? {} : {scope}
  return (
    <>
      <LockBanner of={OPERATIONS} />
      <Said text={said} onClose={() => setSaid(null)} />
      <Layout
        page="/secrets"
        scope={scope}
        find={find}
        controls={
          <>
            <Act
              operation="secrets.set"
              tried={tried}
              label="Add a secret"
              variant="filled"
              onAct={() => setDoing({what: 'set', scope, version: 0})}
            />
            <Act operation="secrets.declare" tried={tried} label="Declare" onAct={() => setDoing({what: 'declare'})} />
            <Act operation="secrets.restore" tried={tried} label="Restore" onAct={() => setDoing({what: 'restore'})} />
          </>
        }
      >
        <Loaded of={secrets}>
          {({items, more}) => (
            <PageOf items={items} more={more}>
              {(shown) => (
                <Columns
                  caption="Secrets"
                  heads={['Key', ...(inAll ? ['Scope'] : []), 'Version', 'Updated (UTC)', 'By', 'Facts', 'Do']}
                  empty={items.length === 0 ? emptyOf(find) : null}
                  minWidth={640}
                >
                  {shown.map((secret) => (
                    <Table.Tr key={`${secret.scope} ${secret.key}`}>
                      <Table.Td className="mono">
                        <PageLink to="/secrets" search={{scope: secret.scope, key: secret.key}}>
                          {secret.key}
                        </PageLink>
                      </Table.Td>
                      {inAll && <Table.Td className="mono">{secret.scope}</Table.Td>}
                      <Table.Td>
                        {secret.version === 0 ? <Badge color={WARNING}>no value</Badge> : secret.version}
                      </Table.Td>
                      <Table.Td>
                        <Time at={secret.updatedAt} />
                      </Table.Td>
                      <Table.Td>{secret.updatedBy}</Table.Td>
                      <Table.Td>
                        <Text size="xs">{factsOf(secret)}</Text>
                      </Table.Td>
                      <Table.Td>
                        <RowControls
                          kind="secret"
                          scope={secret.scope}
                          name={secret.key}
                          onSet={() => setDoing({what: 'set', ...secret})}
                          onDelete={() => setDoing({what: 'delete', ...secret})}
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
          onClose={() => void navigate({to: '/secrets', search: {scope}})}
          sections={[
            ['Facts', <Facts key="facts" scope={scope} name={key} onDone={setSaid} />],
            ['Versions', <History key="versions" kind="secret" scope={scope} name={key} onDone={setSaid} />],
            ['Environments', <GivenTo key="environments" scope={scope} name={key} />],
          ]}
        />
      )}
      {doing?.what === 'set' && <SetSecret target={doing} onDone={done} onClose={end} />}
      {doing?.what === 'declare' && <DeclareSecret scope={scope} onDone={done} onClose={end} />}
      {doing?.what === 'restore' && <Restore kind="secret" scope={scope} onDone={done} onClose={end} />}
      {doing?.what === 'delete' && <DeleteSecret scope={doing.scope} name={doing.key} onDone={done} onClose={end} />}
    </>
  )
}

const emptyOf = (find: string | undefined): string =>
  find === undefined ? 'There is no secret here yet.' : 'No secret has such a name.'

/** The facts of a secret in a few words. */
function factsOf(secret: {
  owner: string | null
  expiresAt: string | null
  rotateDueAt: string | null
  tags: Record<string, string>
}): string {
  const {owner, expiresAt, rotateDueAt, tags} = secret
  return [
    owner,
    expiresAt === null ? null : daysUntil(expiresAt) <= 0 ? 'expired' : `expires ${expiresAt.slice(0, 10)}`,
    rotateDueAt !== null && daysUntil(rotateDueAt) <= 0 ? 'rotation overdue' : null,
    tagsOf(tags),
  ]
    .filter((said) => said !== null && said !== '')
    .join(', ')
}
