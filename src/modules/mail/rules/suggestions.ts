import type { Database } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { isMachineAddress } from '../reports/automatic-mail.ts'
import type { Facts } from './facts.ts'
import type { Condition } from './matching/condition.ts'
import { type MessageFacts, textsOf } from './matching/message-facts.ts'
import type { RuleAction } from './rule-action.ts'
import type { ActionBody, NewRuleBody } from './rule-wire.ts'
import { type SenderHabits, suggestionStore } from './suggestion-store.ts'

export type Suggestions = ReturnType<typeof createSuggestions>

const needs = {
  ...{ headers: true, body: false, language: false },
  ...{ contact: false, newSender: false, authentication: false },
}

/** Rules for mail like a message. */
export function createSuggestions({ database, facts }: { database: Database; facts: Facts }) {
  /** Without its header where the mail server does not give it: the sender is known all the same. */
  async function load(ownerId: string, messageId: string) {
    const read = (mayFetch: boolean) => facts.load(ownerId, [messageId], needs, { isBodyFinal: true, mayFetch })
    const loaded = await read(true).catch((error) => {
      if (error instanceof AppError) return read(false)
      throw error
    })
    return loaded.get(messageId)
  }

  return {
    /**
     * A rule that nobody has made yet: what mail like this has in common, and what its owner has done with such mail.
     * @throws AppError `not_found`
     */
    async fromMessage(ownerId: string, messageId: string): Promise<{ rule: NewRuleBody; similar_count: number }> {
      const loaded = await load(ownerId, messageId)
      if (!loaded) throw notFound('message')
      const { mailAccountId, facts: message } = loaded
      const habits = await suggestionStore.habits(database, ownerId, message.from.email)
      const common = commonOf(message)
      const rule = {
        name: common.name.slice(0, 200) || 'Mail like this',
        ...{ mail_account_id: mailAccountId, is_enabled: true, condition: common.condition },
        actions: [usualAction(habits, common.isImpersonal)] as ActionBody[],
      }
      return { rule, similar_count: habits.count }
    },
  }
}

/** The list, or the sender; with the tag that a program puts before its subjects. */
function commonOf(message: MessageFacts): { name: string; condition: Condition; isImpersonal: boolean } {
  const [listId] = textsOf(message, 'list_id')
  if (listId) {
    return {
      name: listId,
      condition: { field: 'list_id', operator: 'equals', values: [listId.slice(0, 500)] },
      isImpersonal: true,
    }
  }
  const { name, email } = message.from
  const sender: Condition =
    email === ''
      ? { field: 'subject', operator: 'equals', values: [message.subject || '-'] }
      : { field: 'from', operator: 'equals', values: [email] }
  const tag = /^(?:re:\s*)?(\[[^\][]{2,60}\])/i.exec(message.subject)?.[1]
  const isImpersonal = isMachineAddress(email)
  if (!tag) return { name: name || email, condition: sender, isImpersonal }
  const tagged: Condition = { field: 'subject', operator: 'contains', values: [tag] }
  return {
    name: `${tag} ${name || email}`,
    condition: { match: 'all', conditions: [sender, tagged] },
    isImpersonal: true,
  }
}

/** What was done with most of it; without a habit, something that loses nothing. */
function usualAction({ count, folders, labels }: SenderHabits, isImpersonal: boolean): RuleAction {
  const isUsual = (times: number) => times >= 2 && times * 2 >= count
  const place = folders.find(({ role }) => !['inbox', 'sent', 'drafts', 'snoozed'].includes(role ?? ''))
  if (place && isUsual(place.count)) {
    if (place.role === 'trash' || place.role === 'archive') return { type: place.role }
    return place.role === 'junk' ? { type: 'mark_junk' } : { type: 'move', folder_id: place.id }
  }
  const [label] = labels
  if (label && isUsual(label.count)) return { type: 'label', label_ids: [label.id] }
  return { type: isImpersonal ? 'archive' : 'star' }
}
