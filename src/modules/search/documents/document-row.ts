import { createWordIndex } from '#platform/words/word-index.ts'
import { contentKindOf, maxContentBytes } from '../contents/content-kind.ts'
import type { DocumentPerson, SearchDocument } from './search-document.ts'

/** A document fit to be stored. */
export type DocumentRow = {
  ownerId: string
  type: string
  id: string
  title: string
  body: string
  happenedAt: Date
  whoName: string
  whoEmail: string
  people: string
  containerIds: string[]
  containerNames: string[]
  labels: string[]
  filename: string | null
  sizeBytes: number | null
  isStarred: boolean
  hasAttachments: boolean
  link: string
  place: string
  /** A tsvector in binary form. */
  ownWords: Uint8Array
  contentVersion: string | null
  contentMediaType: string | null
  contentState: 'none' | 'pending' | 'too_large'
}

const maxLineLength = 1_000
/** Characters of a text that are found, and of which excerpts are cut. */
export const maxTextLength = 200_000
const maxPeople = 500
const maxNames = 100

const index = createWordIndex()

/** What is stored of a document, cut to size. Never throws. */
export function documentRow(document: SearchDocument): DocumentRow {
  const people = (document.people ?? []).slice(0, maxPeople).map(cleanPerson)
  const who = people.find(({ role }) => role === 'from')
  const containers = (document.containers ?? []).slice(0, maxNames)
  const labels = (document.labels ?? []).slice(0, maxNames).map(line)
  const [title, body] = [
    line(document.title),
    clean(document.text ?? '')
      .slice(0, maxTextLength)
      .toWellFormed(),
  ]
  const filename = document.filename === undefined ? null : line(document.filename)
  return {
    ...{ ownerId: document.ownerId, type: document.type, id: document.id, title, body, people: JSON.stringify(people) },
    happenedAt: Number.isNaN(document.when.getTime()) ? new Date(0) : document.when,
    whoName: who?.name ?? '',
    whoEmail: who?.email ?? '',
    containerIds: containers.map(({ id }) => line(id)),
    containerNames: containers.map(({ name }) => line(name)),
    ...{ labels, filename, link: document.link, sizeBytes: document.sizeBytes ?? null },
    isStarred: document.isStarred ?? false,
    hasAttachments: document.hasAttachments ?? false,
    place: JSON.stringify(document.place ?? {}, (_key, value) => (typeof value === 'string' ? clean(value) : value)),
    ownWords: ownWords({ title, filename, labels, people, body }),
    contentVersion: document.content?.version ?? null,
    contentMediaType: document.content?.mediaType ?? null,
    contentState: contentStateOf(document),
  }
}

type Own = Pick<DocumentRow, 'title' | 'filename' | 'labels' | 'body'> & { people: readonly DocumentPerson[] }

/** A tsvector of all but the content, in binary form. */
export function ownWords({ title, filename, labels, people, body }: Own): Uint8Array {
  for (const text of [title, filename ?? '', ...labels]) index.add(Buffer.from(text), 'A')
  for (const text of people.flatMap(({ name, email }) => [name, email])) index.add(Buffer.from(text), 'B')
  index.add(Buffer.from(body), 'C')
  return index.finish()
}

/** The same of the text of a file. */
export function contentWords(text: string): Uint8Array {
  index.add(Buffer.from(text), 'C')
  return index.finish()
}

function contentStateOf({ content, filename, title, sizeBytes = 0 }: SearchDocument): DocumentRow['contentState'] {
  if (!content || !contentKindOf(content.mediaType, filename ?? title)) return 'none'
  return sizeBytes > maxContentBytes ? 'too_large' : 'pending'
}

const cleanPerson = ({ name, email, role }: DocumentPerson): DocumentPerson => ({
  ...{ name: line(name), email: line(email), role },
})

/** Text that PostgreSQL stores. */
const clean = (text: string): string => text.replaceAll('\0', ' ').toWellFormed()
const line = (text: string): string => clean(text.slice(0, maxLineLength)).replaceAll(/\s+/g, ' ').trim()
