import {Drawer, Stack, Title} from '@mantine/core'
import type {ReactNode} from 'react'

interface DetailsProps {
  scope: string
  name: string
  onClose: () => void
  sections: readonly (readonly [title: string, content: ReactNode])[]
}

/** All of one name, beside the list that it was chosen from. */
export function Details({scope, name, onClose, sections}: DetailsProps) {
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={<span className="mono">{`${scope} ${name}`}</span>}
      closeButtonProps={{'aria-label': 'Close'}}
    >
      <Stack>
        {sections.map(([title, content]) => (
          <section key={title} aria-label={title}>
            <Title order={3} size="h5" mb={6}>
              {title}
            </Title>
            {content}
          </section>
        ))}
      </Stack>
    </Drawer>
  )
}
