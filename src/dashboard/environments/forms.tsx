import {Text, TextInput} from '@mantine/core'
import {bindingPatternPattern, hostsPattern} from '../../contract/binding-pattern.ts'
import {isKey, isScope, KEY_RULE, SCOPE_RULE} from '../../contract/name-rules.ts'
import {useWrite} from '../api/use-route.ts'
import {Dialog} from '../shown/dialog.tsx'
import {ruled} from '../values/place-fields.tsx'

interface Ends {
  onDone: (said: string, environment?: string) => void
  onClose: () => void
}

const asTyped = {autoComplete: 'off', autoCorrect: 'off', autoCapitalize: 'off', spellCheck: false} as const
const fieldIn = (form: HTMLFormElement, name: string): string => String(new FormData(form).get(name) ?? '').trim()

export function Create({onDone, onClose}: Ends) {
  const create = useWrite('environmentsCreate')
  const write = (form: HTMLFormElement) => {
    const environment = fieldIn(form, 'environment')
    create.mutate(
      {query: {environment}},
      {
        onSuccess: ({changed}) =>
          onDone(changed ? `Created ${environment}` : `${environment} is there already`, environment),
      },
    )
  }
  return (
    <Dialog
      title="Create an environment"
      does="Create"
      pending={create.isPending}
      error={create.error}
      onDo={write}
      onClose={onClose}
    >
      <TextInput
        name="environment"
        label="Name"
        description="What it begins with lends to it: my-saas lends to my-saas/prod."
        required
        data-autofocus
        {...asTyped}
        {...ruled(isScope, SCOPE_RULE)}
      />
    </Dialog>
  )
}

export function Rename({environment, onDone, onClose}: Ends & {environment: string}) {
  const rename = useWrite('environmentsRename')
  const write = (form: HTMLFormElement) => {
    const to = fieldIn(form, 'to')
    rename.mutate(
      {query: {environment}, body: {to}},
      {onSuccess: () => onDone(`Renamed ${environment} to ${to}; its tokens stay bound to it`, to)},
    )
  }
  return (
    <Dialog
      title={`Rename ${environment}`}
      does="Rename"
      pending={rename.isPending}
      error={rename.error}
      onDo={write}
      onClose={onClose}
    >
      <TextInput
        name="to"
        label="New name"
        required
        defaultValue={environment}
        data-autofocus
        {...asTyped}
        {...ruled(isScope, SCOPE_RULE)}
      />
    </Dialog>
  )
}

export function Delete({environment, onDone, onClose}: Ends & {environment: string}) {
  const remove = useWrite('environmentsDelete')
  return (
    <Dialog
      title={`Delete ${environment}`}
      does="Delete"
      danger
      pending={remove.isPending}
      error={remove.error}
      onDo={() =>
        remove.mutate({query: {environment}}, {onSuccess: () => onDone(`Deleted ${environment} and its bindings`)})
      }
      onClose={onClose}
    >
      <Text>No workload gets anything from it any more. It is refused while a valid token is bound to it.</Text>
    </Dialog>
  )
}

export function Bind({environment, onDone, onClose}: Ends & {environment: string}) {
  const bind = useWrite('environmentsBind')
  const write = (form: HTMLFormElement) => {
    const [scope, host] = [fieldIn(form, 'scope'), fieldIn(form, 'host')]
    const keys = fieldIn(form, 'keys')
      .split(/[\s,]+/)
      .filter((key) => key !== '')
    bind.mutate(
      {query: {environment}, body: {scope, ...(host ? {host} : {}), ...(keys.length > 0 ? {keys} : {})}},
      {
        onSuccess: ({changed}) =>
          onDone(changed ? `${environment} gets ${scope}` : `${environment} gets ${scope} already`),
      },
    )
  }
  return (
    <Dialog
      title={`Feed ${environment} from scopes`}
      does="Bind"
      pending={bind.isPending}
      error={bind.error}
      onDo={write}
      onClose={onClose}
    >
      <TextInput
        name="scope"
        label="Scopes"
        description="A pattern, as in aws/prod/** or hosts/${host}"
        required
        data-autofocus
        {...asTyped}
        {...ruled(
          (text) => bindingPatternPattern.test(text),
          'a scope in which * is one segment, ** any more, and ${agentId}, ${host} or ${label:NAME} a segment',
        )}
      />
      <TextInput
        name="host"
        label="Hosts"
        description="Without, all of them"
        {...asTyped}
        {...ruled((text) => hostsPattern.test(text), 'a name, a glob, or /a regular expression/')}
      />
      <TextInput
        name="keys"
        label="Keys"
        description="Without, all of the scopes. Parted by blanks"
        {...asTyped}
        {...ruled(
          (text) =>
            text
              .trim()
              .split(/[\s,]+/)
              .every(isKey),
          `keys, each of ${KEY_RULE}`,
        )}
      />
    </Dialog>
  )
}

export function Unbind({
  environment,
  scope,
  host,
  onDone,
  onClose,
}: Ends & {environment: string; scope: string; host: string}) {
  const unbind = useWrite('environmentsUnbind')
  return (
    <Dialog
      title="End a binding"
      does="Unbind"
      danger
      pending={unbind.isPending}
      error={unbind.error}
      onDo={() =>
        unbind.mutate(
          {query: {environment}, body: {scope, host}},
          {onSuccess: () => onDone(`${environment} no longer gets ${scope}`)},
        )
      }
      onClose={onClose}
    >
      <Text>
        {environment} gets nothing of <span className="mono">{scope}</span> for hosts{' '}
        <span className="mono">{host}</span> any more.
      </Text>
    </Dialog>
  )
}
