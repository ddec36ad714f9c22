import {Checkbox, Group, Text, TextInput} from '@mantine/core'
import {useNavigate} from '@tanstack/react-router'
import {useState} from 'react'
import {isScope, SCOPE_RULE} from '../../contract/name-rules.ts'
import {useWrite} from '../api/use-route.ts'
import {Act} from '../locks/act.tsx'
import {Dialog} from '../shown/dialog.tsx'
import {ruled} from './place-fields.tsx'

interface ScopeControlsProps {
  page: '/secrets' | '/variables'
  /** The scope that is shown. */
  scope: string | undefined
}

interface Ends {
  onDone: (scope: string | undefined) => void
  onClose: () => void
}

/** Makes a scope; renames or deletes the one that is shown. */
export function ScopeControls({page, scope}: ScopeControlsProps) {
  const navigate = useNavigate()
  const [doing, setDoing] = useState<'create' | 'rename' | 'delete' | null>(null)
  const onClose = () => setDoing(null)
  const onDone = (to: string | undefined) => {
    onClose()
    void navigate({to: page, search: to === undefined ? {} : {scope: to}})
  }
  const tried = scope === undefined ? {} : {scope}
  return (
    <Group gap={6}>
      <Act operation="scopes.create" tried={tried} label="New scope" onAct={() => setDoing('create')} />
      {scope !== undefined && (
        <>
          <Act operation="scopes.rename" tried={tried} label="Rename scope" onAct={() => setDoing('rename')} />
          <Act operation="scopes.delete" tried={tried} label="Delete scope" onAct={() => setDoing('delete')} />
        </>
      )}
      {doing === 'create' && <CreateScope below={scope} onDone={onDone} onClose={onClose} />}
      {doing === 'rename' && <RenameScope scope={scope!} onDone={onDone} onClose={onClose} />}
      {doing === 'delete' && <DeleteScope scope={scope!} onDone={onDone} onClose={onClose} />}
    </Group>
  )
}

const nameIn = (form: HTMLFormElement): string => String(new FormData(form).get('scope'))

function ScopeField({label, is}: {label: string; is: string}) {
  return (
    <TextInput
      name="scope"
      label={label}
      required
      defaultValue={is}
      data-autofocus
      autoComplete="off"
      spellCheck={false}
      {...ruled(isScope, SCOPE_RULE)}
    />
  )
}

function CreateScope({below, onDone, onClose}: Ends & {below: string | undefined}) {
  const create = useWrite('scopesCreate')
  const write = (form: HTMLFormElement) => {
    const scope = nameIn(form)
    create.mutate({query: {scope}}, {onSuccess: () => onDone(scope)})
  }
  return (
    <Dialog
      title="Create a scope"
      does="Create"
      pending={create.isPending}
      error={create.error}
      onDo={write}
      onClose={onClose}
    >
      <ScopeField label="Scope" is={below === undefined ? '' : `${below}/`} />
    </Dialog>
  )
}

function RenameScope({scope, onDone, onClose}: Ends & {scope: string}) {
  const rename = useWrite('scopesRename')
  const write = (form: HTMLFormElement) => {
    const to = nameIn(form)
    rename.mutate({query: {scope}, body: {to}}, {onSuccess: () => onDone(to)})
  }
  return (
    <Dialog
      title={`Rename ${scope}`}
      does="Rename"
      pending={rename.isPending}
      error={rename.error}
      onDo={write}
      onClose={onClose}
    >
      <Text size="sm">All below it goes along. Patterns of tokens and bindings stay as they are.</Text>
      <ScopeField label="New name" is={scope} />
    </Dialog>
  )
}

function DeleteScope({scope, onDone, onClose}: Ends & {scope: string}) {
  const remove = useWrite('scopesDelete')
  const [recursive, setRecursive] = useState(false)
  return (
    <Dialog
      title={`Delete ${scope}`}
      does="Delete"
      danger
      pending={remove.isPending}
      error={remove.error}
      onDo={() =>
        remove.mutate({query: {scope, ...(recursive ? {recursive} : {})}}, {onSuccess: () => onDone(undefined)})
      }
      onClose={onClose}
    >
      <Text>A scope that holds something is not deleted, unless you say so here.</Text>
      <Checkbox
        label="With all that it holds, and all below it"
        checked={recursive}
        onChange={() => setRecursive((was) => !was)}
      />
    </Dialog>
  )
}
