import {Button, Group, Paper, Text} from '@mantine/core'
import type {ReactNode} from 'react'

interface AskedProps {
  text: string
  does: string
  pending: boolean
  onYes: () => void
  onNo: () => void
  children?: ReactNode
}

/** A question in place, for what is done by one press otherwise. */
export function Asked({text, does, pending, onYes, onNo, children}: AskedProps) {
  return (
    <Paper withBorder p="sm" mb="sm" role="group" aria-label={text}>
      {children}
      <Text mb="xs">{text}</Text>
      <Group>
        <Button size="xs" loading={pending} onClick={onYes} autoFocus>
          {does}
        </Button>
        <Button size="xs" variant="default" onClick={onNo}>
          Cancel
        </Button>
      </Group>
    </Paper>
  )
}
