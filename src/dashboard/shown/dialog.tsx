import {Button, Group, Modal, Stack} from '@mantine/core'
import type {ReactNode} from 'react'
import type {PosternError} from '../../client/error.ts'
import {Problem} from './problem.tsx'

interface DialogProps {
  title: string
  /** What its button says. */
  does: string
  danger?: boolean
  /** Whether there is anything to do; by default there is. */
  able?: boolean
  pending: boolean
  error: PosternError | null
  onDo: (form: HTMLFormElement) => void
  onClose: () => void
  children: ReactNode
}

/** What came of it is said once it is answered. */
const stay = () => {}

/** A form over the page. It stays, with what was typed, when what it asks for is refused. */
export function Dialog({
  title,
  does,
  danger = false,
  able = true,
  pending,
  error,
  onDo,
  onClose,
  children,
}: DialogProps) {
  return (
    <Modal
      opened
      onClose={pending ? stay : onClose}
      title={title}
      closeButtonProps={{'aria-label': 'Close'}}
      closeOnClickOutside={false}
    >
      <form
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault()
          onDo(event.currentTarget)
        }}
      >
        <Stack>
          {error !== null && <Problem error={error} />}
          {children}
          <Group justify="flex-end">
            <Button variant="default" disabled={pending} onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={pending} disabled={!able} {...(danger ? {color: 'red.9'} : {})}>
              {does}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
