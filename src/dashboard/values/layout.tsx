import {Grid, Group, Stack} from '@mantine/core'
import type {ReactNode} from 'react'
import {Find} from './find.tsx'
import {ScopeControls} from './scope-controls.tsx'
import {ScopeTree} from './scope-tree.tsx'

interface LayoutProps {
  page: '/secrets' | '/variables'
  scope: string | undefined
  find: string | undefined
  controls: ReactNode
  children: ReactNode
}

/** Scopes at one side, their names at the other. */
export function Layout({page, scope, find, controls, children}: LayoutProps) {
  return (
    <Grid>
      <Grid.Col span={{base: 12, md: 3}}>
        <Stack gap="sm">
          <Find page={page} current={find} />
          <ScopeTree page={page} current={scope} />
          <ScopeControls page={page} scope={scope} />
        </Stack>
      </Grid.Col>
      <Grid.Col span={{base: 12, md: 9}}>
        <Group mb="sm" gap="xs">
          {controls}
        </Group>
        {children}
      </Grid.Col>
    </Grid>
  )
}
