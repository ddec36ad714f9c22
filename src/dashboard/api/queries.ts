import {focusManager, QueryCache, QueryClient} from '@tanstack/react-query'
import {PosternError} from '../../client/error.ts'

/** How often what is shown is asked again, in milliseconds. */
const EVERY = 30_000

// Also where the window was visible all the time, beside the terminal that somebody comes back from.
focusManager.setEventListener((focused) => {
  const came = () => focused()
  addEventListener('focus', came)
  document.addEventListener('visibilitychange', came)
  return () => {
    removeEventListener('focus', came)
    document.removeEventListener('visibilitychange', came)
  }
})

/** Whether the session has ended: then nothing but who is signed in is asked, since each such try counts as a failed sign-in. */
let ended = false
const isWhoami = ({queryKey}: {queryKey: readonly unknown[]}): boolean => queryKey[0] === 'whoami'

/** What is shown, kept in memory alone. */
export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (!(error instanceof PosternError) || error.code !== 'unauthenticated') return
      const first = !ended
      ended = true
      if (first && !isWhoami(query)) void queries.invalidateQueries({queryKey: ['whoami']})
    },
    onSuccess: (_, query) => {
      if (!ended || !isWhoami(query)) return
      ended = false
      void queries.invalidateQueries({predicate: (one) => !isWhoami(one)})
    },
  }),
  defaultOptions: {
    queries: {
      refetchInterval: () => (ended ? false : EVERY),
      refetchOnWindowFocus: (query) => (ended && !isWhoami(query) ? false : 'always'),
      // The client tries again itself what is safe to.
      retry: false,
      networkMode: 'always',
    },
    mutations: {retry: false, networkMode: 'always'},
  },
})
