import {CloseButton, TextInput} from '@mantine/core'
import IconSearch from '@tabler/icons-react/icons/IconSearch'
import {useNavigate} from '@tanstack/react-router'
import {useRef} from 'react'
import {isNamePattern, NAME_PATTERN_RULE} from '../../contract/name-rules.ts'

/** Looks for names in all scopes: what is looked for stands in the address, so that one can come back to it. */
export function Find({page, current}: {page: '/secrets' | '/variables'; current: string | undefined}) {
  const navigate = useNavigate()
  const field = useRef<HTMLInputElement>(null)
  const go = (find: string) => navigate({to: page, search: find === '' ? {} : {find}})
  return (
    <form
      key={current ?? ''}
      onSubmit={(event) => {
        event.preventDefault()
        const find = field.current!.value.trim()
        field.current!.setCustomValidity(find === '' || isNamePattern(find) ? '' : `It takes ${NAME_PATTERN_RULE}.`)
        if (field.current!.reportValidity()) void go(find)
      }}
    >
      <TextInput
        ref={field}
        defaultValue={current}
        aria-label="Find names in all scopes"
        placeholder="Find, as in *DB_*"
        leftSection={<IconSearch size={16} />}
        onInput={() => field.current!.setCustomValidity('')}
        rightSection={
          current !== undefined && <CloseButton size="sm" aria-label="Show all again" onClick={() => void go('')} />
        }
      />
    </form>
  )
}
