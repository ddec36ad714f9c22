import {Skeleton, Stack} from '@mantine/core'
import type {ReactNode} from 'react'
import type {PosternError} from '../../client/error.ts'
import {Problem} from './problem.tsx'

interface LoadedProps<T> {
  of: {data: T | undefined; error: PosternError | null}
  children: (data: T) => ReactNode
}

/** What was asked, once it is there; what is there stays while it is asked anew and cannot be had. */
export function Loaded<T>({of, children}: LoadedProps<T>) {
  const {data, error} = of
  const ended = error?.code === 'unauthenticated'
  return (
    <>
      {error !== null && !ended && (
        <Problem error={error} title={data === undefined ? 'It cannot be shown' : 'What is shown may be old'} />
      )}
      {data !== undefined && children(data)}
      {data === undefined && error === null && (
        <Stack aria-busy="true" aria-label="Loading">
          <Skeleton height={28} />
          <Skeleton height={28} />
          <Skeleton height={28} />
        </Stack>
      )}
    </>
  )
}
