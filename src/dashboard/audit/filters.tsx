import {Button, Group, NativeSelect, TextInput} from '@mantine/core'
import {isOperation, OPERATION_RULE} from '../../contract/name-rules.ts'
import {registry} from '../../contract/operations.ts'
import {outcomes} from '../../contract/routes/audit.ts'
import {routes} from '../../contract/routes/index.ts'
import {ruled} from '../values/place-fields.tsx'
import {type Filter, filterIn} from './filter.ts'

const disclosures = Object.values(routes).flatMap((route) => (route.verb === 'disclose' ? [route.discloses] : []))
const known = [...new Set([...registry.keys(), ...disclosures])].sort()

/** What narrows the log down. */
export function Filters({onFilter}: {onFilter: (filter: Filter) => void}) {
  return (
    <form
      aria-label="Filters"
      onSubmit={(event) => {
        event.preventDefault()
        onFilter(filterIn(new FormData(event.currentTarget)))
      }}
      onReset={() => onFilter({})}
    >
      <Group align="flex-end" mb="sm" gap="xs">
        <TextInput
          name="operation"
          label="Operation"
          list="operations"
          placeholder="secrets.set"
          {...ruled(isOperation, OPERATION_RULE)}
        />
        <datalist id="operations">
          {known.map((operation) => (
            <option key={operation} value={operation} />
          ))}
        </datalist>
        <TextInput name="actor" label="Actor" placeholder="a token's name" />
        <NativeSelect name="outcome" label="Outcome" data={[{value: '', label: 'any'}, ...outcomes]} />
        <TextInput name="since" label="Since (UTC)" type="date" />
        <Button type="submit">Filter</Button>
        <Button type="reset" variant="default">
          Show all
        </Button>
      </Group>
    </form>
  )
}
