import {Button, Center, Modal, Paper, Stack, Text, Title} from '@mantine/core'
import {DASHBOARD} from '../../contract/pages.ts'
import {queries} from '../api/queries.ts'
import {Command} from '../locks/command.tsx'

const again = () => void queries.invalidateQueries({queryKey: ['whoami']})

/** Whether the server has a provider where people sign in. */
const hasSso = document.querySelector<HTMLMetaElement>('meta[name=postern-sso]')?.content === 'true'

/** `fresh`: whether this page may go away for it. */
function How({fresh}: {fresh: boolean}) {
  return (
    <>
      {hasSso && (
        <Button component="a" href={`${DASHBOARD}/sso`} {...(fresh ? {} : {target: '_blank'})}>
          Sign in with single sign-on
        </Button>
      )}
      <Text>{hasSso ? 'Or ask' : 'Ask'} for a link on the command line, and open it in this browser:</Text>
      <Command line="postern dashboard open" />
    </>
  )
}

/** What who is not signed in sees: all of it. */
export function SignIn() {
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder p="xl" maw={480}>
        <Stack>
          <Title order={1} size="h2">
            Postern
          </Title>
          <Text>You are not signed in.</Text>
          <How fresh />
        </Stack>
      </Paper>
    </Center>
  )
}

/** Over a page whose session has ended: what was typed is still there when somebody has signed in again. */
export function SessionEnded() {
  return (
    <Modal opened onClose={() => {}} withCloseButton={false} title="Your session has ended" centered>
      <Stack>
        <How fresh={false} />
        <Text size="sm">What you typed here stays. When the link has signed you in, close its page and go on.</Text>
        <Button onClick={again}>Go on</Button>
      </Stack>
    </Modal>
  )
}
