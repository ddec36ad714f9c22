import {Badge, Table, Text, Title} from '@mantine/core'
import IconLock from '@tabler/icons-react/icons/IconLock'
import IconLockOpen from '@tabler/icons-react/icons/IconLockOpen'
import {cliEquivalent} from '../../contract/cli-equivalent.ts'
import {type Operation, type OperationEntry, operations} from '../../contract/operations.ts'
import type {OperationState} from '../../contract/routes/policy.ts'
import {useRead} from '../api/use-route.ts'
import {Command} from '../locks/command.tsx'
import {spokenOf} from '../locks/use-lock.ts'
import {Columns} from '../shown/columns.tsx'
import {Loaded} from '../shown/loaded.tsx'
import {Time} from '../shown/time.tsx'
import {WARNING} from '../theme.ts'

/** What the dashboard may do, by category, and the rules behind it. It is changed from the CLI alone. */
export default function Policy() {
  const policy = useRead('policyShow')
  return (
    <Loaded of={policy}>
      {({operations: states, rules}) => (
        <>
          <Text mb="sm">
            What is locked here is done from the CLI only. The page shows the policy and cannot change it; to lock or
            unlock:
          </Text>
          <Command line={'postern policy lock secrets.set --reason WHY\npostern policy unlock secrets.set'} />
          {Object.entries(Object.groupBy(states, ({category}) => category)).map(([category, of]) => (
            <section key={category} aria-label={category}>
              <Title order={2} size="h4" mt="lg" mb="xs" tt="capitalize">
                {category}
              </Title>
              <Columns
                caption={`Operations on ${category}`}
                heads={['Operation', 'Sensitivity', 'On the dashboard', 'Decided by', 'On the CLI']}
                minWidth={760}
              >
                {of!.map((state) => (
                  <Row key={state.operation} state={state} />
                ))}
              </Columns>
            </section>
          ))}
          <Title order={2} size="h4" mt="lg" mb="xs">
            Rules
          </Title>
          <Columns
            caption="Rules"
            heads={['Speaks of', 'Says', 'Reason', 'Made (UTC)', 'By']}
            empty={rules.length === 0 ? 'There is no rule: everything is enabled.' : null}
          >
            {rules.map((rule) => (
              <Table.Tr key={spokenOf(rule.selector)}>
                <Table.Td className="mono">{spokenOf(rule.selector)}</Table.Td>
                <Table.Td>{rule.effect}</Table.Td>
                <Table.Td>{rule.reason}</Table.Td>
                <Table.Td>
                  <Time at={rule.createdAt} />
                </Table.Td>
                <Table.Td>{rule.createdBy}</Table.Td>
              </Table.Tr>
            ))}
          </Columns>
        </>
      )}
    </Loaded>
  )
}

function Row({state: {operation, label, sensitivity, effect, decidedBy}}: {state: OperationState}) {
  const locked = effect === 'cli-only'
  const entry: OperationEntry | undefined = operations[operation as Operation]
  return (
    <Table.Tr data-operation={operation}>
      <Table.Td>
        {label}
        <br />
        <span className="mono">{operation}</span>
      </Table.Td>
      <Table.Td>{sensitivity}</Table.Td>
      <Table.Td>
        <Badge
          tt="none"
          variant={locked ? 'filled' : 'default'}
          {...(locked ? {color: WARNING} : {})}
          leftSection={locked ? <IconLock size={12} /> : <IconLockOpen size={12} />}
        >
          {effect}
        </Badge>
      </Table.Td>
      <Table.Td>{decidedBy === null ? 'no rule' : spokenOf(decidedBy)}</Table.Td>
      <Table.Td className="mono">{entry === undefined ? '' : cliEquivalent(entry, {})}</Table.Td>
    </Table.Tr>
  )
}
