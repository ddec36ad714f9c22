import {ActionIcon, Button, type ButtonProps, FocusTrap, Popover, Stack, Text, Tooltip} from '@mantine/core'
import IconLock from '@tabler/icons-react/icons/IconLock'
import {type FC, useRef, useState} from 'react'
import {cliEquivalent} from '../../contract/cli-equivalent.ts'
import {type Operation, type OperationEntry, operations} from '../../contract/operations.ts'
import {useMay, useSession} from '../api/use-route.ts'
import {Command} from './command.tsx'
import {type Lock, labelOf, useLocks} from './use-lock.ts'

/** What an operation would be done to. */
export interface Tried {
  scope?: string
  key?: string
  environment?: string
  to?: string
  version?: number
}

interface ActProps extends Pick<ButtonProps, 'color' | 'variant'> {
  operation: Operation
  tried?: Tried
  /** What the control says. With an icon, it is what a screen reader says. */
  label: string
  icon?: FC<{size?: number}>
  /** A lock of the thing itself, beside what the policy says. */
  own?: Lock | null
  onAct: () => void
}

/**
 * The control of an operation: there for who may do it. Where the policy leaves it to the CLI, it shows a lock, does
 * nothing, and says why and what to type.
 */
export function Act({operation, tried = {}, label, icon: Icon, own = null, onAct, ...looks}: ActProps) {
  const may = useMay()
  const lock = useLocks()(operation) ?? own
  if (!may(operations[operation].permission)) return null
  if (lock !== null) return <Locked {...{operation, tried, label, lock}} iconOnly={Icon !== undefined} />
  if (Icon === undefined)
    return (
      <Button size="xs" variant="light" {...looks} onClick={onAct}>
        {label}
      </Button>
    )
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" {...looks} aria-label={label} onClick={onAct}>
        <Icon size={18} />
      </ActionIcon>
    </Tooltip>
  )
}

/** The command that does the same, for this very scope and key, of the organization that is signed in. */
export function useCommand(): (operation: Operation, tried: Tried) => string {
  const {data} = useSession()
  return (operation, tried) =>
    cliEquivalent(operations[operation] as OperationEntry, {...tried, ...(data === undefined ? {} : {org: data.org})})
}

interface LockedProps {
  operation: Operation
  tried: Tried
  label: string
  lock: Lock
  iconOnly: boolean
}

/** Pointing at it or reaching it shows why; a click, a touch or Enter keeps that open, and Escape closes it. */
function Locked({operation, tried, label, lock, iconOnly}: LockedProps) {
  const [open, setOpen] = useState<'no' | 'shown' | 'kept'>('no')
  const leaving = useRef<number>(undefined)
  const commandOf = useCommand()
  const show = () => {
    clearTimeout(leaving.current)
    setOpen((was) => (was === 'kept' ? was : 'shown'))
  }
  // The pointer may go over to the copy button meanwhile.
  const leave = () => {
    leaving.current = window.setTimeout(() => setOpen((was) => (was === 'kept' ? was : 'no')), 250)
  }
  const close = () => setOpen('no')
  const control = {
    'aria-disabled': true,
    'aria-label': `${label} (locked)`,
    'data-locked': operation,
    onMouseEnter: show,
    onMouseLeave: leave,
    onFocus: show,
    onBlur: leave,
    onClick: () => setOpen('kept'),
  } as const
  return (
    <Popover
      opened={open !== 'no'}
      onDismiss={close}
      width={340}
      position="bottom-end"
      withArrow
      returnFocus={open === 'kept'}
    >
      <Popover.Target>
        {iconOnly ? (
          <ActionIcon variant="subtle" color="gray" {...control}>
            <IconLock size={18} />
          </ActionIcon>
        ) : (
          <Button size="xs" variant="default" className="locked" leftSection={<IconLock size={14} />} {...control}>
            {label}
          </Button>
        )}
      </Popover.Target>
      <Popover.Dropdown
        onMouseEnter={show}
        onMouseLeave={leave}
        onKeyDown={(event) => event.key === 'Escape' && close()}
      >
        <FocusTrap active={open === 'kept'}>
          <Stack gap="xs">
            <Text size="sm">
              <strong>{labelOf(operation)}</strong> <span className="mono">{operation}</span>
            </Text>
            <Text size="sm">{lock.why}</Text>
            <Command line={commandOf(operation, tried)} />
          </Stack>
        </FocusTrap>
      </Popover.Dropdown>
    </Popover>
  )
}
