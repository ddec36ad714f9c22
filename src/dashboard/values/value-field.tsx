import {Switch, Textarea} from '@mantine/core'
import {type RefObject, useState} from 'react'

interface ValueFieldProps {
  label: string
  /** The one place that holds what is typed. */
  field: RefObject<HTMLTextAreaElement | null>
  /** Shown as dots until somebody asks to see it. */
  hidden: boolean
  defaultValue?: string
}

/** Where a value is typed or pasted, of as many lines as it has. Nothing but the field keeps it. */
export function ValueField({label, field, hidden, defaultValue}: ValueFieldProps) {
  const [shown, setShown] = useState(!hidden)
  return (
    <>
      <Textarea
        ref={field}
        label={label}
        description="Taken as it stands here, to the last blank and newline."
        {...(defaultValue === undefined ? {} : {defaultValue})}
        required
        autosize
        minRows={2}
        maxRows={12}
        autoComplete="off"
        autoCorrect="off"
        autoCapitalize="off"
        spellCheck={false}
        data-1p-ignore
        data-lpignore="true"
        classNames={{input: shown ? 'mono' : 'hidden-value'}}
      />
      {hidden && <Switch mt="xs" label="Show what is typed" checked={shown} onChange={() => setShown((was) => !was)} />}
    </>
  )
}
