import type { InteractionSource } from '#modules/contacts/index.ts'
import type { Search } from '#modules/search/index.ts'

const types = ['mail.message', 'calendar.event', 'drive.file', 'drive.folder']

/** What somebody had to do with others is what the search finds of their addresses. */
export const interactionsBySearch =
  (find: () => Search['find']): InteractionSource =>
  async (person, { emails, limit, cursor }) => {
    const q = `(${emails.map((email) => `with:"${email.replaceAll('"', '')}"`).join(' OR ')})`
    const answer = await find()(person, { q, types, sort: 'date', limit, cursor })
    return {
      items: answer.items.map(({ hit: { type, id, resourceId, title, when, who, link, place } }) => ({
        ...{ type, id: resourceId ?? id, title, when, who, link, place },
      })),
      incomplete: answer.incomplete.map(({ type }) => type),
      next_cursor: answer.next_cursor,
    }
  }
