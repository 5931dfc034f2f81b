import { XMLParser } from 'fast-xml-parser'

/** Namespaces by the prefixes that stand for them throughout our code, whatever a server calls them. */
const namespaces = {
  d: 'DAV:',
  s: 'http://sabredav.org/ns',
  oc: 'http://owncloud.org/ns',
  nc: 'http://nextcloud.org/ns',
  // Deleted calendars alone are of this one.
  ncc: 'http://nextcloud.com/ns',
  ocs: 'http://open-collaboration-services.org/ns',
  cal: 'urn:ietf:params:xml:ns:caldav',
  card: 'urn:ietf:params:xml:ns:carddav',
  cs: 'http://calendarserver.org/ns/',
  ical: 'http://apple.com/ns/ical/',
} as const

/** `d:getetag`; of a namespace not named above `{uri}name`. */
export type XmlName = string

/** `text` is that of the element itself, without its children's. */
export type XmlElement = Readonly<{
  name: XmlName
  attributes: Readonly<Record<string, string>>
  children: readonly XmlElement[]
  text: string
}>

// Entities are off in the parser: what a server declares is never expanded (billion laughs). The five of XML itself and
// references to characters are decoded below.
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  cdataPropName: '#cdata',
})

type ParsedNode = Readonly<Record<string, unknown>>
type Scope = ReadonlyMap<string, string>

const prefixOf = new Map<string, string>(Object.entries(namespaces).map(([prefix, uri]) => [uri, prefix]))

/**
 * The root element of a document.
 * @throws SyntaxError for what is no whole XML document, declares entities or nests deeper than a hundred elements.
 */
export function parseXml(text: string): XmlElement {
  // RFC 4918 §20.6: no DAV document needs a document type.
  if (/<!DOCTYPE/i.test(text)) throw new SyntaxError('The XML document declares a document type.')
  const nodes = parseNodes(text)
  const root = nodes.find((node) => tagOf(node) !== undefined)
  const tag = root && tagOf(root)
  if (!root || tag === undefined) throw new SyntaxError('There is no XML document.')
  // The parser takes a document that was cut off for a whole one.
  const end = text.trimEnd()
  if (!end.endsWith(`</${tag}>`) && !end.endsWith('/>') && !end.endsWith('-->')) {
    throw new SyntaxError('The XML document is cut off.')
  }
  return elementOf(root, tag, new Map())
}

function parseNodes(text: string): readonly ParsedNode[] {
  try {
    return parser.parse(text) as readonly ParsedNode[]
  } catch (cause) {
    throw new SyntaxError('The XML document cannot be read.', { cause })
  }
}

const tagOf = (node: ParsedNode): string | undefined => Object.keys(node).find((key) => key !== ':@' && key !== '#text')

function elementOf(node: ParsedNode, tag: string, outer: Scope): XmlElement {
  const attributes = (node[':@'] ?? {}) as Record<string, string>
  const scope = scopeOf(attributes, outer)
  const children: XmlElement[] = []
  let text = ''
  for (const child of (node[tag] ?? []) as readonly ParsedNode[]) {
    const name = tagOf(child)
    if (name === undefined) text += decodeReferences(String(child['#text'] ?? ''))
    else if (name === '#cdata') text += cdataOf(child[name])
    else children.push(elementOf(child, name, scope))
  }
  return {
    name: resolve(tag, scope),
    attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, decodeReferences(value)])),
    children,
    text,
  }
}

const cdataOf = (nodes: unknown): string =>
  (nodes as readonly ParsedNode[]).map((node) => String(node['#text'] ?? '')).join('')

function scopeOf(attributes: Readonly<Record<string, string>>, outer: Scope): Scope {
  const declared = Object.entries(attributes).filter(([name]) => name === 'xmlns' || name.startsWith('xmlns:'))
  if (declared.length === 0) return outer
  const named = declared.map(([name, uri]) => [name === 'xmlns' ? '' : name.slice(6), decodeReferences(uri)] as const)
  return new Map([...outer, ...named])
}

function resolve(tag: string, scope: Scope): XmlName {
  const colon = tag.indexOf(':')
  const uri = scope.get(colon < 0 ? '' : tag.slice(0, colon)) ?? ''
  const local = tag.slice(colon + 1)
  const prefix = prefixOf.get(uri)
  return prefix === undefined ? `{${uri}}${local}` : `${prefix}:${local}`
}

const predefined: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** XML 1.0 §4.1 and §4.6; what is no reference stays as it is. */
function decodeReferences(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/gi, (whole, decimal, hex, name) => {
    if (name) return predefined[name] ?? whole
    const point = decimal ? Number(decimal) : Number.parseInt(hex, 16)
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })
}

/** The first child of that name. */
export const childOf = (element: XmlElement | undefined, name: XmlName): XmlElement | undefined =>
  element?.children.find((child) => child.name === name)

export const childrenOf = (element: XmlElement | undefined, name: XmlName): readonly XmlElement[] =>
  element?.children.filter((child) => child.name === name) ?? []

/** What `xml` made: text that is XML already. */
export type Xml = { readonly xml: string }

/**
 * An element whose name bears one of our prefixes; text among its children is escaped.
 * `xml('d:prop', {}, xml('d:getetag'))`
 */
export function xml(
  name: XmlName,
  attributes: Readonly<Record<string, string>> = {},
  ...children: (Xml | string)[]
): Xml {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
  const content = children.map((child) => (typeof child === 'string' ? escapeXml(child) : child.xml)).join('')
  const { open, close } = tagsOf(name)
  return { xml: content ? `<${open}${written.join('')}>${content}</${close}>` : `<${open}${written.join('')}/>` }
}

/** `{uri}name`, as a server may have called a property of its own, brings its namespace along. */
function tagsOf(name: XmlName): { open: string; close: string } {
  const [, uri, local] = /^\{([^}]*)\}(.+)$/.exec(name) ?? []
  return local === undefined
    ? { open: name, close: name }
    : { open: `x:${local} xmlns:x="${escapeXml(uri ?? '')}"`, close: `x:${local}` }
}

/** A whole document of this root. */
export function xmlDocument(
  name: XmlName,
  attributes: Readonly<Record<string, string>>,
  ...children: (Xml | string)[]
): string {
  const body = xml('d:x', {}, ...children).xml
  const used = Object.entries(namespaces).filter(
    ([prefix]) => name.startsWith(`${prefix}:`) || body.includes(`${prefix}:`),
  )
  const declared = Object.fromEntries(used.map(([prefix, uri]) => [`xmlns:${prefix}`, uri]))
  return `<?xml version="1.0" encoding="utf-8"?>\n${xml(name, { ...declared, ...attributes }, ...children).xml}`
}

// XML 1.0 §2.2 has no place for other control characters, not even escaped.
const unwritable = /[^\P{Cc}\t\n\r]|[\ufffe\uffff]|\p{Cs}/gu

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
}

const escapeXml = (text: string): string =>
  text.replace(unwritable, '').replace(/[&<>"\r]/g, (character) => escapes[character] ?? character)
