import {PosternError} from '../../client/error.ts'
import {isLoopback} from '../../client/loopback.ts'

/**
 * The origin of a server's URL: scheme, host and port, nothing else.
 * @throws PosternError `usage` for what is no such URL, and for http:// beyond loopback unless `insecureHttp`.
 */
export function originOf(text: string, name: string, insecureHttp: boolean): string {
  if (/^postern(_|-enrol-)/.test(text)) {
    throw new PosternError('usage', `${name} is a token, and a token is never typed: the shell remembers it.`, {
      next: 'postern login URL   (which then asks for the token)',
    })
  }
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`
  const url = URL.canParse(withScheme) ? new URL(withScheme) : null
  if (url === null || !['https:', 'http:'].includes(url.protocol) || url.username !== '' || url.password !== '') {
    throw new PosternError('usage', `${name} is not a server's URL.`, {
      next: 'It looks like https://postern.example:8443',
    })
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new PosternError('usage', `${name} has more than scheme, host and port.`, {next: `Use ${url.origin}`})
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !insecureHttp) {
    throw new PosternError(
      'usage',
      `${name} is plain http beyond this machine: whoever is in between would read every secret.`,
      {
        next: 'Use https://, or add --insecure-http to `postern login` if the network in between is yours.',
      },
    )
  }
  return url.origin
}
