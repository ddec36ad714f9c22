import {Alert, Stack, Text} from '@mantine/core'
import type {PosternError} from '../../client/error.ts'
import {Command} from '../locks/command.tsx'

/** What went wrong, and what to do. A refusal by the policy says the command that does it. */
export function Problem({error, title}: {error: PosternError; title?: string}) {
  const {code, facts, message} = error
  const heading = title ?? (code === 'operation_disabled' ? 'Refused: it was locked meanwhile' : 'It was not done')
  const {cliEquivalent, next, requestId} = facts
  return (
    <Alert color="red" title={heading} role="alert" mb="sm">
      <Stack gap={6}>
        <Text size="sm">{message}</Text>
        {cliEquivalent !== undefined && <Command line={cliEquivalent} />}
        {cliEquivalent === undefined && next !== undefined && <Text size="sm">{next}</Text>}
        {requestId !== undefined && (
          <Text size="xs" className="mono">
            {code}, request {requestId}
          </Text>
        )}
      </Stack>
    </Alert>
  )
}
