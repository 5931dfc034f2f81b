import { onCommit, type Tx } from '#platform/database/database.ts'
import { arrivalInterestStore } from '../arrivals/arrival-store.ts'
import { remoteOpStore } from '../changes/remote-op-store.ts'
import type { Wake } from '../wake.ts'
import type { Composition } from './composition.ts'
import { sentEffectsStore } from './sent-effects-store.ts'
import type { SettlingRow } from './transmission-store.ts'

/** The consumer of new mail that finds out what became of what was sent. */
export const outboxConsumer = 'outbox'

/** Servers give up after days, and people answer after weeks. */
const awaitedDays = 30

/** What else is true once messages are sent; part of the transaction that says so. */
export async function applySentEffects(tx: Tx, ownerId: string, sent: readonly SettlingRow[], wake: Wake) {
  const letters = sent.filter(({ kind }) => kind === 'message')
  if (letters.length === 0) return
  const until = Math.max(
    Date.now() + awaitedDays * 86_400_000,
    ...letters.map(({ follow_up_at }) => follow_up_at?.getTime() ?? 0),
  )
  await arrivalInterestStore.set(tx, { ownerId, consumer: outboxConsumer }, { until: wholeDay(until) })
  for (const { origin } of letters) if (origin) await markOrigin(tx, ownerId, origin, wake)
}

/** So that the row of the interest is not written with every message. */
const wholeDay = (time: number): Date => new Date(Math.ceil(time / 86_400_000) * 86_400_000)

async function markOrigin(
  tx: Tx,
  ownerId: string,
  { messageId, act }: NonNullable<Composition['origin']>,
  wake: Wake,
): Promise<void> {
  const isReply = act === 'reply'
  const mark = isReply ? sentEffectsStore.markAnswered : sentEffectsStore.markForwarded
  const mailAccountId = await mark(tx, ownerId, messageId)
  if (mailAccountId === undefined) return
  const change = { add: [isReply ? '\\Answered' : '$Forwarded'], remove: [] }
  await remoteOpStore.insert(tx, ownerId, [{ kind: 'set_flags', change, mailAccountId, messageId }])
  onCommit(tx, () => wake.account(mailAccountId, 'changes'))
}
