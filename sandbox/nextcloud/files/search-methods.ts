import { childOf, childrenOf, type XmlElement } from '../../../src/integrations/dav/xml.ts'
import { DavError, type Exchange, headerOf, namesOf } from '../dav-exchange.ts'
import { readDocument, sendMultistatus } from '../multistatus.ts'
import { contentTypeOf } from './content-types.ts'
import { type FileView, fileResource } from './file-properties.ts'
import type { Located } from './shares.ts'

type Found = { names: string[]; located: Located }
type Test = (found: Found) => boolean

const malformed = (message: string) => new DavError(400, 'BadRequest', message)

/** SEARCH (RFC 5323, basicsearch) at `/remote.php/dav/`, for files. */
export function createSearch(view: FileView) {
  const { tree, shares } = view

  function* below(names: string[], located: Located): Generator<Found> {
    yield { names, located }
    for (const node of tree.childrenOf(located.node)) {
      yield* below([...names, node.name], { ...located, node, isMount: false })
    }
    if (names.length === 0)
      for (const mount of shares.mountsOf(located.node.owner)) yield* below([mount.name], mount.located)
  }

  return {
    async SEARCH(exchange: Exchange) {
      if (!/^(text|application)\/xml/.test(headerOf(exchange, 'content-type') ?? ''))
        throw malformed('Expected an XML body')
      const search = childOf(await readDocument(exchange), 'd:basicsearch')
      const { uid } = exchange.person
      const scope = scopeOf(search, uid)
      const start = scope && shares.locate(uid, scope)
      if (!search || !start || !scope) throw malformed('The search scope is not searchable')
      const where = childOf(search, 'd:where')?.children[0]
      const isWanted = where ? testOf(where, uid) : () => true
      const found = [...below(scope, start)].filter((one) => one.names.length > 0 && isWanted(one))
      found.sort(orderOf(search))
      const limit = Number(childOf(childOf(search, 'd:limit'), 'd:nresults')?.text ?? Number.POSITIVE_INFINITY)
      const skip = Number(
        childOf(childOf(search, 'd:limit'), '{https://github.com/icewind1991/SearchDAV/ns}firstresult')?.text ?? 0,
      )
      sendMultistatus(
        exchange,
        found
          .slice(skip, skip + limit)
          .map(({ names, located }) => fileResource(view, names, located, shares.placeOf(uid))),
        {
          wanted: childOf(childOf(search, 'd:select'), 'd:prop')?.children,
        },
      )
    },
  }
}

/** `/files/{uid}/…`, with or without what comes before. */
function scopeOf(search: XmlElement | undefined, uid: string): string[] | undefined {
  const href = childOf(childOf(childOf(search, 'd:from'), 'd:scope'), 'd:href')?.text.trim() ?? ''
  const names = namesOf(href.replace(/^.*\/remote\.php\/dav/, ''))
  return names[0] === 'files' && names[1] === uid ? names.slice(2) : undefined
}

function testOf(condition: XmlElement, uid: string): Test {
  const parts = condition.children
  switch (condition.name) {
    case 'd:and':
      return allOf(parts.map((part) => testOf(part, uid)))
    case 'd:or': {
      const tests = parts.map((part) => testOf(part, uid))
      return (found) => tests.some((test) => test(found))
    }
    case 'd:not': {
      const tests = parts.map((part) => testOf(part, uid))
      return (found) => !tests.some((test) => test(found))
    }
    case 'd:is-collection':
      return ({ located }) => located.node.isFolder
    default:
      return comparison(condition, uid)
  }
}

const allOf =
  (tests: readonly Test[]): Test =>
  (found) =>
    tests.every((test) => test(found))

function comparison(condition: XmlElement, uid: string): Test {
  const property = childOf(condition, 'd:prop')?.children[0]?.name ?? ''
  const literal = childOf(condition, 'd:literal')?.text ?? ''
  const compare = comparisons[condition.name]
  if (!compare) throw malformed(`Unsupported operator ${condition.name}`)
  return (found) => compare(textOf(found, property, uid), literal)
}

const number = (text: string): number => (/^-?\d+$/.test(text) ? Number(text) : Date.parse(text) / 1000)

const comparisons: Readonly<Record<string, (value: string, literal: string) => boolean>> = {
  'd:eq': (value, literal) => value === literal || (/^(true|yes|1)$/.test(literal) && value === '1'),
  'd:gt': (value, literal) => number(value) > number(literal),
  'd:gte': (value, literal) => number(value) >= number(literal),
  'd:lt': (value, literal) => number(value) < number(literal),
  'd:lte': (value, literal) => number(value) <= number(literal),
  'd:like': (value, literal) => likePattern(literal).test(value),
}

/** SQL's LIKE without regard to case: `%` any text, `_` any character. */
function likePattern(literal: string): RegExp {
  const source = literal
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '[\\s\\S]*')
    .replaceAll('_', '[\\s\\S]')
  return new RegExp(`^${source}$`, 'iu')
}

function textOf({ located: { node } }: Found, property: string, uid: string): string {
  const values: Readonly<Record<string, () => string>> = {
    'd:displayname': () => node.name,
    'd:getcontenttype': () => (node.isFolder ? 'httpd/unix-directory' : contentTypeOf(node.name)),
    'd:getlastmodified': () => String(node.modified),
    'd:getcontentlength': () => String(node.size),
    'oc:size': () => String(node.size),
    'oc:fileid': () => String(node.id),
    'oc:favorite': () => (node.favoriteOf.includes(uid) ? '1' : '0'),
    'oc:owner-id': () => node.owner,
    'nc:upload_time': () => String(node.created),
    'nc:creation_time': () => String(node.created),
  }
  const value = values[property]
  if (!value) throw malformed(`requested property is not searchable: ${property}`)
  return value()
}

function orderOf(search: XmlElement): (a: Found, b: Found) => number {
  const orders = childrenOf(childOf(search, 'd:orderby'), 'd:order').map((order) => ({
    property: childOf(order, 'd:prop')?.children[0]?.name ?? '',
    sign: childOf(order, 'd:descending') ? -1 : 1,
  }))
  return (a, b) => {
    for (const { property, sign } of orders) {
      const [left, right] = [textOf(a, property, ''), textOf(b, property, '')]
      const order = /^\d+$/.test(left) && /^\d+$/.test(right) ? Number(left) - Number(right) : left.localeCompare(right)
      if (order !== 0) return order * sign
    }
    return 0
  }
}
