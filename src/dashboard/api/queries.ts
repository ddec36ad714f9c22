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

/** What is shown, kept in memory alone. */
export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      const ended = error instanceof PosternError && error.code === 'unauthenticated'
      if (ended && query.queryKey[0] !== 'whoami') void queries.invalidateQueries({queryKey: ['whoami']})
    },
  }),
  defaultOptions: {
    // The client tries again itself what is safe to.
    queries: {refetchInterval: EVERY, refetchOnWindowFocus: 'always', retry: false, networkMode: 'always'},
    mutations: {retry: false, networkMode: 'always'},
  },
})
