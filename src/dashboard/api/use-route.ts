import {type UseQueryOptions, useMutation, useQuery, useQueryClient} from '@tanstack/react-query'
import type {PosternError} from '../../client/error.ts'
import {type Asks, ask, askAll, type ReadName, type ReplyOf, type WriteName, whoIsSignedIn} from './ask.ts'

type Options = Pick<UseQueryOptions, 'enabled' | 'staleTime'>

/** What a route shows, asked again every half minute and when somebody comes back to the page. */
export const useRead = <N extends ReadName>(name: N, input: Asks<N> = {}, options: Options = {}) =>
  useQuery<ReplyOf<N>, PosternError>({
    ...(options as object),
    queryKey: [name, input],
    queryFn: () => ask(name, input),
  })

/** The same of a list, to its end. */
export const useList = <N extends Parameters<typeof askAll>[0]>(name: N, input: Asks<N> = {}, options: Options = {}) =>
  useQuery<Awaited<ReturnType<typeof askAll<N>>>, PosternError>({
    ...(options as object),
    queryKey: [name, 'all', input],
    queryFn: () => askAll(name, input),
  })

/** A change; once it is answered, be it with a refusal, all that is shown is asked anew. */
export function useWrite<N extends WriteName>(name: N) {
  const queries = useQueryClient()
  return useMutation<ReplyOf<N>, PosternError, Asks<N>>({
    mutationFn: (input) => ask(name, input),
    // A value is in what was asked: nothing keeps that.
    gcTime: 0,
    onSettled: () => void queries.invalidateQueries(),
  })
}

/** Who is signed in. Those who were, and are no more, are still `data`; then `error` says so. */
export const useSession = () =>
  useQuery<ReplyOf<'whoami'>, PosternError>({queryKey: ['whoami'], queryFn: whoIsSignedIn})

/** Whether who is signed in may do something, as far as the page knows: the server decides. */
export function useMay(): (permission: string) => boolean {
  const {data} = useSession()
  return (permission) => data?.permissions.includes(permission) ?? false
}
