import { type Exchange, headerOf, notFound } from './dav-exchange.ts'
import {
  hrefElement,
  type Properties,
  type Resource,
  readDocument,
  resourceType,
  sendMultistatus,
  wantedOf,
} from './multistatus.ts'
import type { Methods } from './part.ts'
import type { People, Person } from './people.ts'

type Contribution = (exchange: Exchange, person: Person) => Properties

/** `/remote.php/dav/` and `/remote.php/dav/principals/users/{uid}/`: where clients find out who they are and what there is. */
export function createPrincipals(
  people: People,
  contributions: readonly Contribution[],
): { root: Methods; principals: Methods } {
  const me = (exchange: Exchange) => hrefElement(exchange, ['principals', 'users', exchange.person.uid])

  const resourceOf = (exchange: Exchange, person: Person): Resource => ({
    names: ['principals', 'users', person.uid],
    isCollection: true,
    properties: {
      'd:displayname': () => person.displayName,
      'd:resourcetype': () => resourceType('d:principal', 'd:collection'),
      'd:current-user-principal': () => me(exchange),
      'd:principal-URL': () => hrefElement(exchange, ['principals', 'users', person.uid]),
      's:email-address': () => person.email ?? undefined,
      ...Object.assign({}, ...contributions.map((contribution) => contribution(exchange, person))),
    },
  })

  return {
    root: {
      async PROPFIND(exchange) {
        const properties: Properties = {
          'd:resourcetype': () => resourceType('d:collection'),
          'd:current-user-principal': () => me(exchange),
        }
        sendMultistatus(exchange, [{ names: [], isCollection: true, properties }], {
          wanted: wantedOf(await readDocument(exchange)),
        })
      },
    },
    principals: {
      async PROPFIND(exchange) {
        const wanted = wantedOf(await readDocument(exchange))
        const [kind, uid] = exchange.path
        if (kind === undefined || (kind === 'users' && uid === undefined)) {
          const folder: Resource = {
            names: ['principals', ...exchange.path],
            isCollection: true,
            properties: { 'd:resourcetype': () => resourceType('d:collection') },
          }
          const listed =
            kind === 'users' && headerOf(exchange, 'depth') !== '0'
              ? people.list().map((person) => resourceOf(exchange, person))
              : []
          return sendMultistatus(exchange, [folder, ...listed], { wanted })
        }
        const person = kind === 'users' ? people.find(uid ?? '') : undefined
        if (!person) throw notFound('Principal')
        sendMultistatus(exchange, [resourceOf(exchange, person)], { wanted })
      },

      /** RFC 3744 §9.5: what a principal points to is asked for by its name there. */
      async REPORT(exchange) {
        const document = await readDocument(exchange)
        if (document?.name !== 'd:principal-property-search') throw notFound('The report')
        const search = document.children.find(({ name }) => name === 'd:property-search')
        const match = search?.children.find(({ name }) => name === 'd:match')?.text.toLowerCase() ?? ''
        const found = people
          .list()
          .filter(({ displayName, email, uid }) =>
            [displayName, email, uid].some((text) => text?.toLowerCase().includes(match)),
          )
        sendMultistatus(
          exchange,
          found.map((person) => resourceOf(exchange, person)),
          { wanted: wantedOf(document) ?? [{ ...xmlName('d:displayname') }] },
        )
      },
    },
  }
}

const xmlName = (name: string) => ({ name, attributes: {}, children: [], text: '' })
