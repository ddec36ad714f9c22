import {PosternError} from '../client/error.ts'

/** What `work` gives, unless it takes longer than `timeout` milliseconds. @throws PosternError `request_timeout` then. */
export async function within<R>(timeout: number | undefined, work: Promise<R>): Promise<R> {
  if (timeout === undefined) return work
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new PosternError('request_timeout', `It took longer than ${timeout} ms.`)), timeout)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
