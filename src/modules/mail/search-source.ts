import type { SearchSource, SourceHit } from '#modules/search/index.ts'
import type { FoundMessage, MailSearchStore } from './search-store.ts'

/** Enough for any query but a phrase of common words, for which every match's text has to be read. */
const timeoutMs = 1500
/** How far a search that takes too long still looks, and how long. */
const depth = 3000

/** Lets mail be found by its subject, people and text. */
export function createMailSearchSource({ store }: { store: MailSearchStore }): SearchSource {
  return {
    type: 'mail.message',
    permission: 'mail:read',
    async search(ownerId, page) {
      const found = await store.find(ownerId, page, timeoutMs)
      if (found) return { hits: found.map(hitOf), isIncomplete: false }
      const newest = await store.findAmongNewest(ownerId, page, { depth, timeoutMs })
      return { hits: (newest ?? []).map(hitOf), isIncomplete: true }
    },
  }
}

const hitOf = (message: FoundMessage): SourceHit => ({
  id: message.id,
  when: message.received_at,
  title: message.subject,
  text: message.text?.trim() ? message.text : message.preview,
  who: { name: message.from_name, email: message.from_email },
  place: { mail_account_id: message.mail_account_id, folder_id: message.folder_id },
})
