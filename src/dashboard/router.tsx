import {Text} from '@mantine/core'
import {createRootRoute, createRoute, createRouter, lazyRouteComponent} from '@tanstack/react-router'
import {DASHBOARD} from '../contract/pages.ts'
import {Frame} from './frame/frame.tsx'

const root = createRootRoute({
  component: Frame,
  notFoundComponent: () => <Text>There is no such page.</Text>,
})

/** A part of an address, if it is a text. */
const textOf = (given: unknown): string | undefined => (typeof given === 'string' && given !== '' ? given : undefined)

/** Where one is among names: never a value. */
const place = (search: Record<string, unknown>): {scope?: string; key?: string; find?: string} => {
  const {scope, key, find} = {scope: textOf(search.scope), key: textOf(search.key), find: textOf(search.find)}
  return {...(scope && {scope}), ...(key && {key}), ...(find && {find})}
}

const children = [
  createRoute({
    getParentRoute: () => root,
    path: '/',
    component: lazyRouteComponent(() => import('./pages/overview.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/secrets',
    validateSearch: place,
    component: lazyRouteComponent(() => import('./pages/secrets.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/variables',
    validateSearch: place,
    component: lazyRouteComponent(() => import('./pages/variables.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/environments',
    validateSearch: (search: Record<string, unknown>): {environment?: string} => {
      const environment = textOf(search.environment)
      return environment === undefined ? {} : {environment}
    },
    component: lazyRouteComponent(() => import('./pages/environments.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/policy',
    component: lazyRouteComponent(() => import('./pages/policy.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/audit',
    component: lazyRouteComponent(() => import('./pages/audit.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/tokens',
    component: lazyRouteComponent(() => import('./pages/tokens.tsx')),
  }),
]

export const router = createRouter({
  routeTree: root.addChildren(children),
  basepath: DASHBOARD,
  defaultPreload: 'intent',
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
