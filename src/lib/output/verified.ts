interface Verified {
  logs: readonly {org: string; head: number; breaks: readonly {sequence: number; kind: string}[]}[]
  values: {
    total: number
    stuck: readonly {org: string; kind: string; scope: string; key: string; version: number}[]
  } | null
}

/** What was found in a whole store: a line for each audit log, and one for its values; `signed` says whether signatures were looked at. */
export function verifiedText({logs, values}: Verified): string[] {
  const signed = values === null ? ', but for its signature' : ''
  const lines = logs.map(({org, head, breaks: [first]}) =>
    first === undefined
      ? `The audit log of ${org} verifies, to entry ${head}${signed}.`
      : `The audit log of ${org} does not verify: entry ${first.sequence} (${first.kind}).`,
  )
  if (values === null)
    return [...lines, 'The stored values were not tried: that needs the root key, --root-key-file FILE.']
  const {total, stuck} = values
  const named = stuck.map(
    ({org, kind, scope, key, version}) => `  ${org}: ${kind} ${key} in ${scope}, version ${version}`,
  )
  return [
    ...lines,
    stuck.length === 0
      ? `Every stored value opens: ${total} versions.`
      : `${stuck.length} of ${total} stored versions do not open:`,
    ...named,
  ]
}

/** Whether nothing is wrong with what was looked at. */
export const holds = ({logs, values}: Verified): boolean =>
  logs.every(({breaks}) => breaks.length === 0) && (values === null || values.stuck.length === 0)
