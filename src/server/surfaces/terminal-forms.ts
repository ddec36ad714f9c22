import {DASHBOARD} from '../../contract/pages.ts'
import {escapeHtml} from './plain-page.ts'

/** Where somebody says which terminal elsewhere is to act as them. */
export const DEVICE = `${DASHBOARD}/device`

/** Where a terminal on the browser's own machine listens, and by what it knows its own sign-in. */
export interface Loopback {
  port: number
  state: string
}

/** As whom somebody lets a terminal act. */
export type Who = {name: string; role: string}
const asWhom = ({name, role}: Who) => `as <strong>${escapeHtml(name)}</strong> (${escapeHtml(role)})`

/** Asks before a program gets what it asked for: a link alone would else sign in whom the provider knows yet (RFC 8252, 8.6). */
export const terminalForm = (
  {port, state}: Loopback,
  {link, ...who}: Who & {link: string},
) => `<p>A program on this machine, at port ${port}, wants to act ${asWhom(who)}.</p>
<p>Go on only if you typed <code>postern login</code> on this machine just now; if you did not, close this page. The button works for a minute.</p>
<form method="get" action="http://127.0.0.1:${port}/"><input type="hidden" name="link" value="${link}"><input type="hidden" name="state" value="${state}"><button>Sign the terminal in</button></form>`

/** Asks for the code of a terminal that is to act as somebody. */
export const codeForm = (grant: string, who: Who | null, said = '') => `${said}
<p>${who === null ? '' : `You are signed in ${asWhom(who)}. `}Type the code that your terminal shows. Do so only if you began this yourself, just now: whoever has the terminal then acts as you.</p>
<form method="post" action="${DEVICE}"><input type="hidden" name="grant" value="${grant}"><label>Code <input name="code" autocomplete="off" autocapitalize="characters" required autofocus></label> <button>Sign the terminal in</button></form>`
