import {useWrite} from '../api/use-route.ts'
import {Dialog} from '../shown/dialog.tsx'
import {PlaceFields, placeIn} from './place-fields.tsx'

interface DeclareProps {
  scope: string | undefined
  onDone: (said: string) => void
  onClose: () => void
}

/** Says that a secret is needed, for somebody else to set. */
export function DeclareSecret({scope: at, onDone, onClose}: DeclareProps) {
  const declare = useWrite('secretsDeclare')
  const write = (form: HTMLFormElement) => {
    const {scope, key} = placeIn(form)
    declare.mutate(
      {params: {key}, query: {scope}},
      {onSuccess: ({changed}) => onDone(changed ? `Declared ${scope} ${key}` : `${scope} ${key} is there already`)},
    )
  }
  return (
    <Dialog
      title="Declare a secret without a value"
      does="Declare"
      pending={declare.isPending}
      error={declare.error}
      onDo={write}
      onClose={onClose}
    >
      <PlaceFields scope={at} />
    </Dialog>
  )
}
