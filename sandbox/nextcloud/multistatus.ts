import {
  childOf,
  parseXml,
  type Xml,
  type XmlElement,
  type XmlName,
  xml,
  xmlDocument,
} from '../../src/integrations/dav/xml.ts'
import { badRequest, type Exchange, hrefOf, readBody, send } from './dav-exchange.ts'

/** What a property is worth; undefined when the resource has none of it. `wanted` is the element that asked for it. */
export type PropertyValue = Xml | string | undefined
export type Properties = Readonly<Record<XmlName, (wanted: XmlElement) => PropertyValue>>

/** `names` are those below `/remote.php/dav`. `status` alone, such as 404 in a sync, has no properties. */
export type Resource = {
  names: readonly string[]
  isCollection?: boolean
  properties?: Properties
  status?: number
}

/** What a PROPFIND or a REPORT asks for; undefined stands for all that is not costly. */
export type Wanted = readonly XmlElement[] | undefined

/** Reads a request's document. @throws DavError */
export async function readDocument(exchange: Exchange): Promise<XmlElement | undefined> {
  const text = await readBody(exchange)
  if (text.trim() === '') return undefined
  try {
    return parseXml(text)
  } catch (error) {
    throw badRequest(`The XML document is not valid: ${(error as Error).message}`)
  }
}

/** The properties that stand in `d:prop` of the document's root. */
export const wantedOf = (document: XmlElement | undefined): Wanted => childOf(document, 'd:prop')?.children

const texts: Readonly<Record<number, string>> = {
  200: 'OK',
  403: 'Forbidden',
  404: 'Not Found',
  424: 'Failed Dependency',
  507: 'Insufficient Storage',
}

const statusLine = (status: number): Xml => xml('d:status', {}, `HTTP/1.1 ${status} ${texts[status] ?? 'Unknown'}`)

/** Answers 207 with each of the resources: what it has of the wanted properties, and which it has not. */
export function sendMultistatus(
  exchange: Exchange,
  resources: readonly Resource[],
  { wanted, syncToken }: { wanted: Wanted; syncToken?: string },
): void {
  const responses = resources.map((resource) => responseOf(exchange, resource, wanted))
  const token = syncToken === undefined ? [] : [xml('d:sync-token', {}, syncToken)]
  sendDocument(exchange, 207, xmlDocument('d:multistatus', {}, ...responses, ...token))
}

export function sendDocument(exchange: Exchange, status: number, document: string): void {
  send(
    exchange,
    status,
    { 'content-type': 'application/xml; charset=utf-8', vary: 'Brief,Prefer', dav: davHeader },
    document,
  )
}

/** What OPTIONS tells of; calendars and contacts are told of as well, as Nextcloud does everywhere. */
export const davHeader =
  '1, 3, extended-mkcol, access-control, calendarserver-principal-property-search, calendar-access, calendar-proxy, calendar-auto-schedule, calendar-availability, addressbook, nextcloud-checksum-update, nc-calendar-search, nc-enable-birthday-calendar'

function responseOf(
  exchange: Exchange,
  { names, isCollection = false, properties = {}, status }: Resource,
  wanted: Wanted,
): Xml {
  const href = xml('d:href', {}, hrefOf(exchange, names, isCollection))
  if (status !== undefined) return xml('d:response', {}, href, statusLine(status))
  const elements = wanted ?? Object.keys(properties).map((name) => ({ name, attributes: {}, children: [], text: '' }))
  const found: Xml[] = []
  const missing: Xml[] = []
  for (const element of elements) {
    const value = Object.hasOwn(properties, element.name) ? properties[element.name]?.(element) : undefined
    if (value === undefined) missing.push(xml(element.name))
    else found.push(xml(element.name, {}, value))
  }
  const propstat = (props: Xml[], code: number) => xml('d:propstat', {}, xml('d:prop', {}, ...props), statusLine(code))
  return xml(
    'd:response',
    {},
    href,
    ...(found.length > 0 || missing.length === 0 ? [propstat(found, 200)] : []),
    ...(missing.length > 0 && wanted ? [propstat(missing, 404)] : []),
  )
}

/** The answer to a PROPPATCH: each property with the status of its change. */
export function sendPropertyStatuses(
  exchange: Exchange,
  resource: Resource,
  statuses: ReadonlyMap<XmlName, number>,
): void {
  const groups = Map.groupBy([...statuses], ([, status]) => status)
  const propstats = [...groups].map(([status, props]) =>
    xml('d:propstat', {}, xml('d:prop', {}, ...props.map(([name]) => xml(name))), statusLine(status)),
  )
  const href = xml('d:href', {}, hrefOf(exchange, resource.names, resource.isCollection))
  sendDocument(exchange, 207, xmlDocument('d:multistatus', {}, xml('d:response', {}, href, ...propstats)))
}

/** An element of a multistatus that holds hrefs, such as `d:current-user-principal`. */
export const hrefElement = (exchange: Exchange, names: readonly string[]): Xml =>
  xml('d:href', {}, hrefOf(exchange, names, true))

/** `d:collection` and whatever else a resource is. */
export const resourceType = (...types: readonly XmlName[]): Xml => ({
  xml: types.map((type) => xml(type).xml).join(''),
})
