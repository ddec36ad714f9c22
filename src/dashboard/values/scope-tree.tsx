import {ActionIcon, Badge, Group, Text, Tree, useTree} from '@mantine/core'
import IconChevronRight from '@tabler/icons-react/icons/IconChevronRight'
import {useList, useMay} from '../api/use-route.ts'
import {PageLink} from '../shown/link.tsx'
import {Loaded} from '../shown/loaded.tsx'
import {ancestorsOf, treeOf} from './tree-of.ts'

const exactly = {exact: true, includeSearch: true}

interface Scope {
  scope: string
  secrets: number
  variables: number
}

interface ScopeTreeProps {
  page: '/secrets' | '/variables'
  /** The scope that is shown. */
  current: string | undefined
}

/** The scopes as a tree of links, each with how many names of the page's kind it holds. */
export function ScopeTree({page, current}: ScopeTreeProps) {
  const may = useMay()
  const scopes = useList('scopesList', {}, {enabled: may('scopes.list')})
  if (!may('scopes.list')) return null
  return (
    <nav aria-label="Scopes">
      <Group gap="xs" mb={6}>
        <PageLink to={page} search={{}} activeOptions={exactly}>
          All scopes
        </PageLink>
      </Group>
      <Loaded of={scopes}>
        {({items, more}) => (
          <>
            {items.length === 0 && <Text c="dimmed">There is no scope yet.</Text>}
            <Nodes page={page} current={current} scopes={items} />
            {more && <Text size="xs">There are more: postern scope list</Text>}
          </>
        )}
      </Loaded>
    </nav>
  )
}

function Nodes({page, current, scopes}: ScopeTreeProps & {scopes: readonly Scope[]}) {
  const open = ancestorsOf(current ?? '').map((scope) => [scope, true])
  const tree = useTree({initialExpandedState: Object.fromEntries(open)})
  const holds = new Map(scopes.map((scope) => [scope.scope, page === '/secrets' ? scope.secrets : scope.variables]))
  return (
    <Tree
      data={treeOf([...holds.keys()])}
      tree={tree}
      expandOnClick={false}
      levelOffset={18}
      renderNode={({node, expanded, hasChildren, elementProps}) => (
        <Group gap={4} wrap="nowrap" {...elementProps}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            tabIndex={-1}
            style={{visibility: hasChildren ? 'visible' : 'hidden'}}
            aria-label={`${expanded ? 'Close' : 'Open'} ${node.value}`}
            onClick={() => tree.toggleExpanded(node.value)}
          >
            <IconChevronRight size={14} style={{transform: expanded ? 'rotate(90deg)' : 'none'}} />
          </ActionIcon>
          <PageLink to={page} search={{scope: node.value}} className="mono" activeOptions={exactly}>
            {node.label}
          </PageLink>
          {holds.has(node.value) && (
            <Badge variant="default" size="sm" aria-label={`holds ${holds.get(node.value)}`}>
              {holds.get(node.value)}
            </Badge>
          )}
        </Group>
      )}
    />
  )
}
