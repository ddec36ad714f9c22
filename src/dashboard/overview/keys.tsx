import {List} from '@mantine/core'
import {useRead} from '../api/use-route.ts'
import {Loaded} from '../shown/loaded.tsx'
import {inDays} from '../shown/time.tsx'
import {Section} from './section.tsx'

/** How old the keys are, and how much the data key has sealed. */
export function Keys() {
  const keys = useRead('keysShow')
  return (
    <Section title="Keys">
      <Loaded of={keys}>
        {({rootKeyId, dataKeys}) => {
          const current = dataKeys.find(({retiredAt}) => retiredAt === null)
          return (
            <List size="sm">
              <List.Item>
                Root key <span className="mono">{rootKeyId}</span>
              </List.Item>
              {current !== undefined && (
                <List.Item>
                  Data key {current.id}: made {inDays(current.createdAt)}, has sealed {current.sealed}
                </List.Item>
              )}
              <List.Item>{dataKeys.length - 1} earlier data keys</List.Item>
            </List>
          )
        }}
      </Loaded>
    </Section>
  )
}
