/** The files of ky. */
export const kyFiles = /[\\/]node_modules[\\/]ky[\\/]distribution[\\/].*\.js$/

/**
 * ky looks for fetch's classes at `globalThis`, where touching one loads all of Node's undici, which takes longer than
 * Node's own start. This gives a file of ky a `globalThis` of its own, with the classes of the module `messages` and
 * without streams and forms. Tests run it so too.
 */
export function lightKy(code, messages) {
  return `import {Headers, Request, Response} from ${JSON.stringify(messages)}
const globalThis = {Headers, Request, Response, AbortController, AbortSignal}
${code}`
}
