import {ActionIcon, Code, CopyButton, Group, Tooltip} from '@mantine/core'
import IconCheck from '@tabler/icons-react/icons/IconCheck'
import IconCopy from '@tabler/icons-react/icons/IconCopy'

/** A command to type, and a button that copies it. */
export function Command({line}: {line: string}) {
  return (
    <Group gap={4} wrap="nowrap" align="flex-start">
      <Code block className="command">
        {line}
      </Code>
      <CopyButton value={line} timeout={2000}>
        {({copied, copy}) => (
          <Tooltip label={copied ? 'Copied' : 'Copy the command'} withinPortal={false}>
            <ActionIcon variant="subtle" onClick={copy} aria-label={copied ? 'Copied' : 'Copy the command'}>
              {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  )
}
