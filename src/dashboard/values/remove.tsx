import {NativeSelect, Text} from '@mantine/core'
import {useList, useRead, useWrite} from '../api/use-route.ts'
import {Dialog} from '../shown/dialog.tsx'
import {Loaded} from '../shown/loaded.tsx'

interface RemoveProps {
  scope: string
  name: string
  onDone: (said: string) => void
  onClose: () => void
}

/** Deletes a secret, once it was said who still refers to it. */
export function DeleteSecret({scope, name, onDone, onClose}: RemoveProps) {
  const remove = useWrite('secretsDelete')
  const {data} = useRead('secretsReferences', {params: {key: name}, query: {scope}})
  const references = data?.items ?? []
  return (
    <Dialog
      title={`Delete ${name}`}
      does="Delete"
      danger
      pending={remove.isPending}
      error={remove.error}
      onDo={() =>
        remove.mutate({params: {key: name}, query: {scope}}, {onSuccess: () => onDone(`Deleted ${scope} ${name}`)})
      }
      onClose={onClose}
    >
      <Gone scope={scope} name={name} />
      {references.length > 0 && (
        <Text fw={600}>
          {references.length} refer to it and cannot be resolved without it:{' '}
          {references.map(({scope: from, key}) => `${from} ${key}`).join(', ')}.
        </Text>
      )}
    </Dialog>
  )
}

export function DeleteVariable({scope, name, onDone, onClose}: RemoveProps) {
  const remove = useWrite('variablesDelete')
  return (
    <Dialog
      title={`Delete ${name}`}
      does="Delete"
      danger
      pending={remove.isPending}
      error={remove.error}
      onDo={() =>
        remove.mutate({params: {key: name}, query: {scope}}, {onSuccess: () => onDone(`Deleted ${scope} ${name}`)})
      }
      onClose={onClose}
    >
      <Gone scope={scope} name={name} />
    </Dialog>
  )
}

const Gone = ({scope, name}: {scope: string; name: string}) => (
  <Text>
    Nobody gets{' '}
    <span className="mono">
      {scope} {name}
    </span>{' '}
    any more. It can be restored, with all its versions, until it is purged.
  </Text>
)

interface RestoreProps {
  kind: 'secret' | 'variable'
  scope: string | undefined
  onDone: (said: string) => void
  onClose: () => void
}

/** Brings a deleted name back, with its versions: one of those that can be. */
export function Restore({kind, scope: at, onDone, onClose}: RestoreProps) {
  const secret = useWrite('secretsRestore')
  const variable = useWrite('variablesRestore')
  const restore = kind === 'secret' ? secret : variable
  const query = {deleted: true, ...(at === undefined ? {} : {scope: at})}
  const secrets = useList('secretsList', {query}, {enabled: kind === 'secret'})
  const variables = useList('variablesList', {query}, {enabled: kind === 'variable'})
  const write = (form: HTMLFormElement) => {
    const [scope, key] = String(new FormData(form).get('name')).split(' ') as [string, string]
    restore.mutate(
      {params: {key}, query: {scope}},
      {onSuccess: ({version}) => onDone(`Restored ${scope} ${key}: version ${version}`)},
    )
  }
  return (
    <Loaded<{items: readonly {scope: string; key: string}[]}> of={kind === 'secret' ? secrets : variables}>
      {({items}) => (
        <Dialog
          title={`Restore a deleted ${kind}`}
          does="Restore"
          able={items.length > 0}
          pending={restore.isPending}
          error={restore.error}
          onDo={write}
          onClose={onClose}
        >
          {items.length === 0 ? (
            <Text>Nothing that was deleted here can be restored.</Text>
          ) : (
            <NativeSelect
              name="name"
              label="Name"
              data-autofocus
              data={items.map(({scope, key}) => ({value: `${scope} ${key}`, label: `${scope} ${key}`}))}
            />
          )}
        </Dialog>
      )}
    </Loaded>
  )
}
