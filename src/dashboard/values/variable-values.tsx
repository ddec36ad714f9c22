import {Code, Text} from '@mantine/core'
import {useQuery} from '@tanstack/react-query'
import type {PosternError} from '../../client/error.ts'
import {ask, type ReplyOf} from '../api/ask.ts'
import {useMay} from '../api/use-route.ts'

type Variable = ReplyOf<'variablesList'>['items'][number]
type Plain = ReplyOf<'variablesReveal'>['items'][number]['value']

/** The values of a scope: asked once for each state of it, since every reading is in the audit log. */
export function useValues(scope: string | undefined, names: readonly Variable[] | undefined) {
  const may = useMay()
  const state = names?.map(({key, version}) => [key, version])
  return useQuery<ReadonlyMap<string, Plain>, PosternError>({
    queryKey: ['variable-values', scope, state],
    queryFn: async () => {
      const {items} = await ask('variablesReveal', {query: {scope: scope!}})
      return new Map(items.map(({key, value}) => [key, value]))
    },
    enabled: scope !== undefined && state !== undefined && state.length > 0 && may('variables.read'),
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: false,
    refetchOnWindowFocus: false,
  })
}

/** A value that is a text. */
export const textOf = (value: Plain | undefined): string | undefined =>
  value?.encoding === 'utf8' ? value.data : undefined

/** A value as it is read. */
export function Value({of}: {of: Plain | undefined}) {
  if (of === undefined) return <Text c="dimmed">not shown</Text>
  if (of.encoding === 'base64') return <Text c="dimmed">bytes that are no text</Text>
  return (
    <Code className="value" block={of.data.includes('\n')}>
      {of.data}
    </Code>
  )
}
