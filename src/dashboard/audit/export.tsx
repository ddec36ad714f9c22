import {Button} from '@mantine/core'
import {useMutation} from '@tanstack/react-query'
import type {PosternError} from '../../client/error.ts'
import {ask, MOST} from '../api/ask.ts'
import {Problem} from '../shown/problem.tsx'
import type {Filter} from './filter.ts'

const A_PAGE = 1000

/** The newest entries that a filter lets through, a line each, as they are stored. */
async function linesOf(filter: Filter): Promise<string[]> {
  const lines: string[] = []
  let before: number | undefined
  do {
    const query = {...filter, limit: A_PAGE, ...(before === undefined ? {} : {before})}
    const {entries} = await ask('auditList', {query})
    lines.push(...entries.map(({canonical}) => canonical))
    const last = entries.at(-1)
    before =
      entries.length < A_PAGE || last === undefined
        ? undefined
        : (JSON.parse(last.canonical) as {sequence: number}).sequence
  } while (before !== undefined && lines.length < MOST)
  return lines
}

/** Gives what is shown, and what follows it, as a file. An archive that proves itself is the CLI's. */
export function Export({filter}: {filter: Filter}) {
  const save = useMutation<void, PosternError>({
    mutationFn: async () => {
      const lines = await linesOf(filter)
      const url = URL.createObjectURL(
        new Blob(
          lines.map((line) => `${line}\n`),
          {type: 'application/jsonl'},
        ),
      )
      const link = Object.assign(document.createElement('a'), {href: url, download: 'postern-audit.jsonl'})
      link.click()
      URL.revokeObjectURL(url)
    },
  })
  return (
    <>
      {save.error !== null && <Problem error={save.error} />}
      <Button variant="default" size="xs" loading={save.isPending} onClick={() => save.mutate()}>
        Save as a file (newest {MOST})
      </Button>
    </>
  )
}
