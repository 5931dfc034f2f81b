import { type HtmlFacts, noHtmlFacts, sanitizeMessageHtml, sanitizerVersion } from '../html/html-sanitizer.ts'
import type { MessagePart } from '../sync/body-parts.ts'
import type { ViewedBody, ViewStore } from './view-store.ts'

/** A body as it may be shown; its images have no addresses yet. */
export type CleanBody = { text: string | null; html: string | null; facts: HtmlFacts; isTruncated: boolean }

export type CleanBodies = ReturnType<typeof createCleanBodies>

/** Bodies with sanitised HTML: made when a message is first looked at, and kept as long as the sanitiser is the same. */
export function createCleanBodies({ store }: { store: ViewStore }) {
  return {
    async find(
      ownerId: string,
      message: { id: string; parts: readonly MessagePart[] },
    ): Promise<CleanBody | undefined> {
      const body = await store.body(ownerId, message.id, sanitizerVersion)
      if (!body) return undefined
      if (body.html === null) return cleanBody(body, body.clean_html, body.clean_facts ?? noHtmlFacts)
      const clean = cleanHtml(message.id, message.parts, body.html)
      await store.keepClean(ownerId, message.id, { version: sanitizerVersion, ...clean, of: body.html })
      return cleanBody(body, clean.html, clean.facts)
    },
  }
}

/** The sanitised HTML of a message with these parts. `id` names it among all that are shown on a page. */
export const cleanHtml = (id: string, parts: readonly MessagePart[], html: string) =>
  sanitizeMessageHtml(html, {
    scope: `m${id.replaceAll(/[^\da-z]/g, '').slice(-20)}`,
    inlinePart: (contentId) => parts.find((part) => part.cid === contentId)?.part,
  })

const cleanBody = ({ text, is_truncated }: ViewedBody, html: string | null, facts: HtmlFacts): CleanBody => ({
  ...{ text, html, facts },
  isTruncated: is_truncated || facts.isTruncated,
})
