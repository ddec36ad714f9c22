import {Badge, Button, Code, CopyButton, Drawer, Table} from '@mantine/core'
import type {AuditEntry} from '../../contract/routes/audit.ts'
import {WARNING} from '../theme.ts'

export interface Shown {
  entry: AuditEntry
  canonical: string
  hash: string
}

/** How it ended, by more than its colour. */
export function Outcome({entry: {outcome, code}}: Pick<Shown, 'entry'>) {
  const colours: Partial<Record<AuditEntry['outcome'], string>> = {refused: WARNING, failed: 'red.9'}
  const colour = colours[outcome]
  return (
    <Badge tt="none" {...(colour === undefined ? {variant: 'default'} : {color: colour})}>
      {code === null ? outcome : `${outcome}: ${code}`}
    </Badge>
  )
}

/** What it was about. */
export const targetOf = ({target: {kind, scope, name, version, to}, names}: AuditEntry): string =>
  [
    kind,
    scope,
    name,
    version === undefined ? null : `version ${version}`,
    to === undefined ? null : `to ${to}`,
    names === undefined ? null : `(${names.length} names)`,
  ]
    .filter((part) => part != null)
    .join(' ')

/** All of an entry, as it is stored. */
export function Entry({shown: {entry, canonical, hash}, onClose}: {shown: Shown; onClose: () => void}) {
  const rows: [string, string][] = [
    ['Time', entry.time],
    ['Operation', entry.operation],
    ['About', targetOf(entry)],
    ['Actor', `${entry.actor.name} (${entry.actor.kind}, ${entry.actor.id})`],
    ['Surface', entry.surface],
    ['Outcome', entry.code === null ? entry.outcome : `${entry.outcome}: ${entry.code}`],
    ['Reason', entry.reason ?? ''],
    ['Address', entry.address ?? ''],
    ['Request', entry.requestId],
    ['Hash', hash],
    ['Follows', entry.previous],
  ]
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={`Entry ${entry.sequence}`}
      closeButtonProps={{'aria-label': 'Close'}}
    >
      <Table variant="vertical" layout="fixed" aria-label={`Entry ${entry.sequence}`}>
        <Table.Tbody>
          {rows.map(([what, said]) => (
            <Table.Tr key={what}>
              <Table.Th w={110}>{what}</Table.Th>
              <Table.Td className="mono">{said}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {entry.names !== undefined && (
        <Code block mt="sm">
          {entry.names.join('\n')}
        </Code>
      )}
      <CopyButton value={canonical}>
        {({copied, copy}) => (
          <Button mt="sm" size="xs" variant="default" onClick={copy}>
            {copied ? 'Copied' : 'Copy the entry'}
          </Button>
        )}
      </CopyButton>
    </Drawer>
  )
}
