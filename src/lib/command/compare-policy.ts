import {speaksOf} from '../../contract/decide.ts'
import {nearest} from '../../contract/nearest.ts'
import type {Client} from './base.ts'
import {type Policy, type PolicyDiff, policyDiff} from './policy-diff.ts'
import {type FileRule, readPolicyFile, wrong} from './policy-file.ts'
import type {World} from './world.ts'

/** The rules of the file at `path` (`-` is stdin), and what would change if they were the whole of the policy. */
export async function comparePolicy(
  path: string,
  world: World,
  connect: () => Promise<Client>,
): Promise<{client: Client; rules: FileRule[]; diff: PolicyDiff}> {
  // Before there is a connection: what is wrong with a file is said without a server.
  const rules = await readPolicyFile(path, world.stdin)
  const client = await connect()
  const policy = await client.call('policyShow', {params: {org: client.org}})
  const diff = policyDiff(policy, rules)
  const changed = new Set(diff.rules.map(({selector}) => JSON.stringify(selector)))
  for (const rule of rules) if (changed.has(JSON.stringify(rule.selector))) refuseUnknown(rule, policy)
  return {client, rules, diff}
}

/** The server says what there is: the file may be newer than this program, and then the server may know it. */
function refuseUnknown({selector, line}: FileRule, {operations}: Policy): void {
  if (selector.by === 'all' || operations.some((state) => speaksOf(selector, state.operation, state))) return
  const known = [...new Set(operations.map((state) => state[selector.by]))]
  const meant = nearest(selector.name, known)
  throw wrong(
    line,
    `the server offers no such ${selector.by} to the dashboard; it is mistyped, or of another version than the server`,
    meant === null ? `Known: ${known.join(', ')}.` : `Did you mean ${meant}?`,
  )
}
