import {Checkbox} from '@mantine/core'
import {useRef, useState} from 'react'
import {useWrite} from '../api/use-route.ts'
import {Dialog} from '../shown/dialog.tsx'
import {PlaceFields, placeIn} from './place-fields.tsx'
import type {Target} from './set-secret.tsx'
import {ValueField} from './value-field.tsx'

interface SetProps {
  target: Target
  /** What is stored, where it is known and a text. */
  text: string | undefined
  onDone: (said: string) => void
  onClose: () => void
}

/** Adds a variable, or a version of one. */
export function SetVariable({target, text, onDone, onClose}: SetProps) {
  const set = useWrite('variablesSet')
  const field = useRef<HTMLTextAreaElement>(null)
  // Once a conflict was shown, the next press is meant over what stands there.
  const [over, setOver] = useState(target.version)
  const write = (form: HTMLFormElement) => {
    const {scope, key} = placeIn(form)
    const locked = new FormData(form).get('locked') !== null
    const body = {
      value: {encoding: 'utf8', data: field.current!.value} as const,
      expectVersion: over,
      ...(locked ? {locked} : {}),
    }
    set.mutate(
      {params: {key}, query: {scope}, body},
      {
        onError: ({facts}) => setOver(facts.currentVersion ?? over),
        onSuccess: ({changed, version, length}) =>
          onDone(
            changed
              ? `Set ${scope} ${key}: version ${version}, ${length} bytes`
              : `${scope} ${key} has this value already: version ${version} stays`,
          ),
      },
    )
  }
  return (
    <Dialog
      title={target.key === undefined ? 'Add a variable' : `Set ${target.key}`}
      does={over === target.version ? 'Set' : `Set over version ${over}`}
      pending={set.isPending}
      error={set.error}
      onDo={write}
      onClose={onClose}
    >
      <PlaceFields scope={target.scope} name={target.key} />
      <ValueField label="Value" field={field} hidden={false} {...(text === undefined ? {} : {defaultValue: text})} />
      <Checkbox
        name="locked"
        label="Lock it against the dashboard"
        description="From then on it is changed, and unlocked, on the command line only."
      />
    </Dialog>
  )
}
