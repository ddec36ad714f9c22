import {useRef, useState} from 'react'
import {useWrite} from '../api/use-route.ts'
import {Dialog} from '../shown/dialog.tsx'
import {fingerprintOf} from './fingerprint-of.ts'
import {PlaceFields, placeIn} from './place-fields.tsx'
import {ValueField} from './value-field.tsx'

export interface Target {
  scope: string | undefined
  /** Undefined: it is a new one. */
  key?: string
  /** The version that was seen: somebody else's write in between is a conflict. */
  version: number
}

interface SetProps {
  target: Target
  onDone: (said: string) => void
  onClose: () => void
}

/** Adds a secret, or a version of one. What is stored is not there to be seen: the field begins empty. */
export function SetSecret({target, onDone, onClose}: SetProps) {
  const set = useWrite('secretsSet')
  const field = useRef<HTMLTextAreaElement>(null)
  // Once a conflict was shown, the next press is meant over what stands there.
  const [over, setOver] = useState(target.version)
  const write = async (form: HTMLFormElement) => {
    const {scope, key} = placeIn(form)
    const text = field.current!.value
    const sha256 = await fingerprintOf(text)
    const body = {value: {encoding: 'utf8', data: text} as const, expectVersion: over}
    set.mutate(
      {params: {key}, query: {scope}, body},
      {
        onError: ({facts}) => setOver(facts.currentVersion ?? over),
        onSuccess: ({changed, version, length}) =>
          onDone(
            changed
              ? `Set ${scope} ${key}: version ${version}, ${length} bytes, SHA-256 ${sha256}`
              : `${scope} ${key} has this value already: version ${version} stays`,
          ),
      },
    )
  }
  return (
    <Dialog
      title={target.key === undefined ? 'Add a secret' : `Set ${target.key}`}
      does={over === target.version ? 'Set' : `Set over version ${over}`}
      pending={set.isPending}
      error={set.error}
      onDo={(form) => void write(form)}
      onClose={onClose}
    >
      <PlaceFields scope={target.scope} name={target.key} />
      <ValueField label="Value" field={field} hidden />
    </Dialog>
  )
}
