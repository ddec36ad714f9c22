import type {TreeNodeData} from '@mantine/core'

/** `a/b/c` lies below `a` and `a/b`. */
export const ancestorsOf = (scope: string): string[] => {
  const segments = scope.split('/')
  return segments.map((_, at) => segments.slice(0, at).join('/')).slice(1)
}

/** The scopes as a tree, with those between that hold nothing themselves. */
export function treeOf(scopes: readonly string[]): TreeNodeData[] {
  const all = [...new Set(scopes.flatMap((scope) => [...ancestorsOf(scope), scope]))].sort()
  const nodes = new Map(all.map((scope) => [scope, {value: scope, label: scope.split('/').at(-1)!} as TreeNodeData]))
  const roots: TreeNodeData[] = []
  for (const [scope, node] of nodes) {
    const parent = nodes.get(scope.split('/').slice(0, -1).join('/'))
    if (parent === undefined) roots.push(node)
    else parent.children = [...(parent.children ?? []), node]
  }
  return roots
}
