import {existsSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {expect, test} from 'vitest'
import {coded, documents, root, textOf} from './documents.ts'

/** A heading as GitHub and GitLab make an anchor of it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

const withoutCode = (markdown: string) => markdown.replace(/^```[\s\S]*?^```/gm, '')

function anchors(document: string): string[] {
  return [...withoutCode(textOf(document)).matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1]!))
}

test.each(documents)('%s links to what is there', (document) => {
  const links = [...withoutCode(textOf(document)).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!)
  for (const link of links.filter((target) => !/^[a-z]+:/.test(target))) {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? document : join(dirname(document), path)
    expect(existsSync(join(root, target)), `${document}: ${link}`).toBe(true)
    if (anchor !== undefined) expect(anchors(target), `${document}: ${link}`).toContain(anchor)
  }
})

test.each(['ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/adding-an-operation.md'])(
  '%s names files that are there',
  (document) => {
    // A path that is an example to make, or holds a placeholder in capitals, is none yet.
    const paths = coded(withoutCode(textOf(document))).filter((text) =>
      /^(src|test|docs|bin|scripts)\/[\w./-]+$/.test(text),
    )
    for (const path of paths.filter((text) => !/[A-Z]{3}|rename/.test(text)))
      expect(existsSync(join(root, path)), `${document}: ${path}`).toBe(true)
  },
)
