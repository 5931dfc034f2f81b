import { booleans, texts, tsvectors, uuids } from '#platform/database/binary-arrays.ts'
import { type FetchedBody, type IndexedBody, isCut, keptText } from './indexed-body.ts'

/** Bodies as PostgreSQL takes them. Made where they are decoded, so that no text of them comes to the main thread. */
export type BodyColumns = Record<
  'id' | 'text' | 'html' | 'preview' | 'words' | 'isTruncated' | 'isHtmlPending',
  Uint8Array
>

export function bodyColumns(bodies: readonly IndexedBody[]): BodyColumns {
  const inOrder = bodies.toSorted(byId)
  return {
    id: uuids(inOrder.map((one) => one.messageId)),
    text: texts(inOrder.map((one) => one.text)),
    html: texts(inOrder.map((one) => one.html)),
    preview: texts(inOrder.map((one) => one.preview)),
    words: tsvectors(inOrder.map((one) => one.words)),
    isTruncated: booleans(inOrder.map((one) => one.isTruncated)),
    isHtmlPending: booleans(inOrder.map((one) => one.isHtmlPending)),
  }
}

export type HtmlColumns = Pick<BodyColumns, 'id' | 'html' | 'isTruncated'>

export type FetchedHtml = Pick<FetchedBody, 'messageId' | 'html' | 'isTruncated'>

export function htmlColumns(bodies: readonly FetchedHtml[]): HtmlColumns {
  const inOrder = bodies.toSorted(byId)
  return {
    id: uuids(inOrder.map((one) => one.messageId)),
    html: texts(inOrder.map(({ html }) => keptText(html))),
    isTruncated: booleans(inOrder.map(({ html, isTruncated }) => isTruncated || isCut(html))),
  }
}

/** In one order for all transactions, so that none waits for another in a ring. */
const byId = (one: { messageId: string }, other: { messageId: string }) => (one.messageId < other.messageId ? -1 : 1)
