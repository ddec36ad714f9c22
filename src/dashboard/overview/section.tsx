import {Card, Title} from '@mantine/core'
import type {ReactNode} from 'react'

/** A part of the overview. */
export function Section({title, children}: {title: string; children: ReactNode}) {
  return (
    <Card withBorder component="section" aria-label={title}>
      <Title order={2} size="h5" mb="xs">
        {title}
      </Title>
      {children}
    </Card>
  )
}
