import {TextInput} from '@mantine/core'
import {isKey, isScope, KEY_RULE, SCOPE_RULE} from '../../contract/name-rules.ts'

/** The rules for what stands in a field, as browsers show them. */
export const ruled = (is: (text: string) => boolean, rule: string) => ({
  onInput: ({currentTarget: field}: {currentTarget: HTMLInputElement}) =>
    field.setCustomValidity(field.value === '' || is(field.value) ? '' : `It takes ${rule}.`),
})

const asTyped = {autoComplete: 'off', autoCorrect: 'off', autoCapitalize: 'off', spellCheck: false} as const

interface PlaceFieldsProps {
  scope: string | undefined
  /** Known: it cannot be changed here. */
  name?: string | undefined
}

/** Scope and key of what is written, in fields `scope` and `key` of the form around them. */
export function PlaceFields({scope, name}: PlaceFieldsProps) {
  const known = name !== undefined
  return (
    <>
      <TextInput
        name="scope"
        label="Scope"
        required
        defaultValue={scope}
        readOnly={known}
        {...asTyped}
        {...ruled(isScope, SCOPE_RULE)}
      />
      <TextInput
        name="key"
        label="Key"
        required
        defaultValue={name}
        readOnly={known}
        data-autofocus={!known || undefined}
        {...asTyped}
        {...ruled(isKey, KEY_RULE)}
      />
    </>
  )
}

/** What stands in the fields of a form. */
export const placeIn = (form: HTMLFormElement): {scope: string; key: string} => {
  const given = new FormData(form)
  return {scope: String(given.get('scope')), key: String(given.get('key'))}
}
