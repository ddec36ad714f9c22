import {
  ActionIcon,
  AppShell,
  Badge,
  Burger,
  Button,
  Group,
  NavLink,
  Stack,
  Text,
  Title,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core'
import {useDisclosure} from '@mantine/hooks'
import IconMoon from '@tabler/icons-react/icons/IconMoon'
import IconSun from '@tabler/icons-react/icons/IconSun'
import {Link, Outlet, useLocation} from '@tanstack/react-router'
import {useEffect} from 'react'
import {DASHBOARD, type Page} from '../../contract/pages.ts'
import {useSession} from '../api/use-route.ts'
import {Problem} from '../shown/problem.tsx'
import {SessionEnded, SignIn} from './signed-out.tsx'

/** What each page is called, and what it takes to see it. */
const named: Record<Page, {label: string; permission: string | null}> = {
  '': {label: 'Overview', permission: null},
  secrets: {label: 'Secrets', permission: 'secrets.list'},
  variables: {label: 'Variables', permission: 'variables.list'},
  environments: {label: 'Environments', permission: 'environments.list'},
  policy: {label: 'Policy', permission: 'policy.read'},
  audit: {label: 'Audit log', permission: 'audit.read'},
  tokens: {label: 'Tokens', permission: 'tokens.list'},
}

/** What is around every page: where one is, where one can go, who is signed in. */
export function Frame() {
  const session = useSession()
  const [menu, {toggle, close}] = useDisclosure(false)
  const {pathname} = useLocation()
  const page = pathname.split('/')[1] ?? ''
  const current = named[page as Page]
  useEffect(() => {
    document.title = current === undefined ? 'Postern' : `${current.label}, Postern`
    close()
  }, [current, close])
  const {data: who, error} = session
  if (who === undefined) {
    if (error === null) return null
    return error.code === 'unauthenticated' ? (
      <SignIn />
    ) : (
      <Problem error={error} title="The dashboard cannot be shown" />
    )
  }
  return (
    <AppShell
      header={{height: 56}}
      navbar={{width: 210, breakpoint: 'sm', collapsed: {mobile: !menu}}}
      padding="md"
      transitionDuration={0}
    >
      <a href="#content" className="skip">
        Skip to the content
      </a>
      {error?.code === 'unauthenticated' && <SessionEnded />}
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={menu}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={menu ? 'Close the menu' : 'Open the menu'}
            />
            <Text fw={700}>Postern</Text>
            <Badge variant="default" tt="none">
              {who.org}
            </Badge>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Text size="sm" visibleFrom="sm">
              {who.actor.name} ({who.role})
            </Text>
            <Scheme />
            <SignOut csrfToken={who.csrfToken ?? ''} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        <Stack gap={2}>
          {Object.entries(named)
            .filter(([, {permission}]) => permission === null || who.permissions.includes(permission))
            .map(([segment, {label}]) => (
              <NavLink
                key={segment}
                component={Link}
                to={`/${segment}`}
                label={label}
                active={segment === page}
                {...(segment === page ? {'aria-current': 'page' as const} : {})}
              />
            ))}
        </Stack>
        <Text size="xs" mt="auto" p="xs" c="dimmed">
          Postern {who.serverVersion}
        </Text>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        {current !== undefined && (
          <Title order={1} size="h2" mb="md">
            {current.label}
          </Title>
        )}
        <Outlet />
      </AppShell.Main>
    </AppShell>
  )
}

/** Light or dark: as the system is until somebody chooses. */
function Scheme() {
  const {setColorScheme} = useMantineColorScheme()
  const scheme = useComputedColorScheme('light', {getInitialValueInEffect: false})
  const other = scheme === 'light' ? 'dark' : 'light'
  const label = `Use the ${other} theme`
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size="lg" aria-label={label} onClick={() => setColorScheme(other)}>
        {scheme === 'light' ? <IconMoon size={18} /> : <IconSun size={18} />}
      </ActionIcon>
    </Tooltip>
  )
}

const SignOut = ({csrfToken}: {csrfToken: string}) => (
  <form method="post" action={`${DASHBOARD}/signout`}>
    <input type="hidden" name="csrf" value={csrfToken} />
    <Button type="submit" variant="default" size="compact-md">
      Sign out
    </Button>
  </form>
)
