import {Group} from '@mantine/core'
import IconPencil from '@tabler/icons-react/icons/IconPencil'
import IconTrash from '@tabler/icons-react/icons/IconTrash'
import {Act} from '../locks/act.tsx'
import type {Lock} from '../locks/use-lock.ts'

interface RowControlsProps {
  kind: 'secret' | 'variable'
  scope: string
  name: string
  /** A lock of the name itself, for an operation. */
  own?: (operation: string) => Lock | null
  onSet: () => void
  onDelete: () => void
}

/** What can be done to a name, beside it in its list. */
export function RowControls({kind, scope, name, own = () => null, onSet, onDelete}: RowControlsProps) {
  const tried = {scope, key: name}
  return (
    <Group gap={2} wrap="nowrap">
      <Act
        operation={`${kind}s.set`}
        tried={tried}
        own={own(`${kind}s.set`)}
        label={`Set ${name}`}
        icon={IconPencil}
        onAct={onSet}
      />
      <Act
        operation={`${kind}s.delete`}
        tried={tried}
        own={own(`${kind}s.delete`)}
        label={`Delete ${name}`}
        icon={IconTrash}
        onAct={onDelete}
      />
    </Group>
  )
}
