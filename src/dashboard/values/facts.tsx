import {Button, Group, Stack, Table, Textarea, TextInput} from '@mantine/core'
import IconPencil from '@tabler/icons-react/icons/IconPencil'
import {useState} from 'react'
import {isNote, NOTE_RULE, tagPattern} from '../../contract/name-rules.ts'
import type {ReplyOf} from '../api/ask.ts'
import {useRead, useWrite} from '../api/use-route.ts'
import {Act} from '../locks/act.tsx'
import {Loaded} from '../shown/loaded.tsx'
import {Problem} from '../shown/problem.tsx'
import {inDays, Time} from '../shown/time.tsx'
import {changeOf, linesOf} from './fact-changes.ts'
import {ruled} from './place-fields.tsx'

interface FactsProps {
  scope: string
  name: string
  onDone: (said: string) => void
}

type Shown = ReplyOf<'secretsFacts'>

/** What people said of a secret, and when it was read last; to change it takes no value. */
export function Facts({scope, name, onDone}: FactsProps) {
  const facts = useRead('secretsFacts', {params: {key: name}, query: {scope}})
  const [editing, setEditing] = useState<Shown | null>(null)
  return (
    <Loaded of={facts}>
      {(shown) =>
        editing === null ? (
          <>
            <Table variant="vertical" layout="fixed" aria-label={`Facts about ${name}`}>
              <Table.Tbody>
                {rowsOf(shown).map(([what, said]) => (
                  <Table.Tr key={what}>
                    <Table.Th w={130}>{what}</Table.Th>
                    <Table.Td style={{overflowWrap: 'anywhere'}}>{said}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            <Group mt="xs">
              <Act
                operation="secrets.describe"
                tried={{scope, key: name}}
                label="Change the facts"
                icon={IconPencil}
                onAct={() => setEditing(shown)}
              />
            </Group>
          </>
        ) : (
          <Describe shown={editing} {...{scope, name}} onDone={onDone} onEnd={() => setEditing(null)} />
        )
      }
    </Loaded>
  )
}

const rowsOf = (shown: Shown) =>
  [
    ['Version', shown.version === 0 ? 'declared, without a value' : `${shown.version} (${shown.length} bytes)`],
    ['Owner', shown.owner ?? ''],
    ['Note', shown.note ?? ''],
    ['Expires', shown.expiresAt === null ? '' : `${shown.expiresAt.slice(0, 10)}, ${inDays(shown.expiresAt)}`],
    [
      'Rotation',
      shown.rotateDays === null
        ? ''
        : `every ${shown.rotateDays} days, due ${shown.rotateDueAt?.slice(0, 10) ?? 'once set'}`,
    ],
    ['Tags', tagsOf(shown.tags)],
    ['Updated', <Time key="updated" at={shown.updatedAt} />],
    ['By', shown.updatedBy],
    ['Last read', <Time key="read" at={shown.lastReadAt} />],
    ['Read by', shown.lastReadBy ?? ''],
  ] as const

/** Tags as one types them. */
export const tagsOf = (tags: Record<string, string>): string =>
  Object.entries(tags)
    .map(([tag, said]) => (said === '' ? tag : `${tag}=${said}`))
    .join(', ')

interface DescribeProps extends FactsProps {
  shown: Shown
  onEnd: () => void
}

function Describe({shown, scope, name, onDone, onEnd}: DescribeProps) {
  const describe = useWrite('secretsDescribe')
  const write = (form: HTMLFormElement) =>
    describe.mutate(
      {params: {key: name}, query: {scope}, body: changeOf(shown, new FormData(form))},
      {
        onSuccess: () => {
          onDone(`Changed the facts about ${scope} ${name}`)
          onEnd()
        },
      },
    )
  const note = ruled(isNote, NOTE_RULE)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        write(event.currentTarget)
      }}
    >
      <Stack gap="xs">
        {describe.error !== null && <Problem error={describe.error} />}
        <TextInput name="owner" label="Owner" defaultValue={shown.owner ?? ''} {...note} data-autofocus />
        <TextInput name="note" label="Note" defaultValue={shown.note ?? ''} {...note} />
        <TextInput name="expires" label="Expires" type="date" defaultValue={shown.expiresAt?.slice(0, 10) ?? ''} />
        <TextInput
          name="rotate"
          label="Rotate every so many days"
          type="number"
          min={1}
          max={3650}
          defaultValue={shown.rotateDays ?? ''}
        />
        <Textarea
          name="tags"
          label="Tags"
          description="One a line, as in team=payments"
          autosize
          defaultValue={Object.entries(shown.tags)
            .map(([tag, said]) => `${tag}=${said}`)
            .join('\n')}
          onInput={({currentTarget: field}) =>
            field.setCustomValidity(
              linesOf(field.value).every((line) => tagPattern.test(line)) ? '' : 'It takes NAME=VALUE, one a line.',
            )
          }
        />
        <Group>
          <Button type="submit" size="xs" loading={describe.isPending}>
            Change
          </Button>
          <Button size="xs" variant="default" onClick={onEnd}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
