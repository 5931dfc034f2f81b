import { type DavPath, pathOfHref } from './dav-path.ts'
import { childOf, childrenOf, type XmlElement, type XmlName } from './xml.ts'

/** What a server says of one resource (RFC 4918 §14.24). */
export type DavResource = Readonly<{
  /** Decoded, below the server's root; a collection's ends in a slash. */
  path: DavPath
  /** Of the whole resource; undefined where each property has its own. 404 tells of one that is gone. */
  status: number | undefined
  /** The properties that it has. */
  props: ReadonlyMap<XmlName, XmlElement>
  /** Those that it has not or does not show, each with its status. */
  failed: ReadonlyMap<XmlName, number>
}>

export type Multistatus = Readonly<{
  resources: readonly DavResource[]
  /** RFC 6578 §6.2. */
  syncToken: string | undefined
  /** What stands before the root in the hrefs, `/cloud` for instance. */
  prefix: string | undefined
}>

/** Reads a `d:multistatus`. Hrefs outside of `root` and such as lead out of it are left out. */
export function readMultistatus(document: XmlElement, root: string): Multistatus {
  if (document.name !== 'd:multistatus') throw new SyntaxError(`The document is ${document.name}, no d:multistatus.`)
  let prefix: string | undefined
  const resources = childrenOf(document, 'd:response').flatMap((response) => {
    // RFC 4918 §14.24: of several hrefs all have the one status.
    return childrenOf(response, 'd:href').flatMap(({ text }) => {
      const found = pathOfHref(text, root)
      if (!found) return []
      prefix ??= found.prefix
      return [resourceOf(found.path, response)]
    })
  })
  return { resources, syncToken: childOf(document, 'd:sync-token')?.text, prefix }
}

function resourceOf(path: DavPath, response: XmlElement): DavResource {
  const props = new Map<XmlName, XmlElement>()
  const failed = new Map<XmlName, number>()
  for (const propstat of childrenOf(response, 'd:propstat')) {
    const status = statusOf(childOf(propstat, 'd:status')) ?? 200
    for (const prop of childOf(propstat, 'd:prop')?.children ?? []) {
      if (status >= 200 && status < 300) props.set(prop.name, prop)
      else failed.set(prop.name, status)
    }
  }
  return { path, status: statusOf(childOf(response, 'd:status')), props, failed }
}

function statusOf(element: XmlElement | undefined): number | undefined {
  const [, digits] = /^HTTP\/[\d.]+ (\d{3})/.exec(element?.text.trim() ?? '') ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** The text of a property; undefined when the resource has none of it or an empty one. */
export const textOf = (resource: DavResource, name: XmlName): string | undefined =>
  resource.props.get(name)?.text.trim() || undefined

/** Whether a property holds an element, as `d:resourcetype` does `d:collection`. */
export const holds = (resource: DavResource, property: XmlName, element: XmlName): boolean =>
  childOf(resource.props.get(property), element) !== undefined

export const isCollection = (resource: DavResource): boolean => holds(resource, 'd:resourcetype', 'd:collection')
