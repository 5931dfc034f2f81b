import type { ImapFlow } from 'imapflow'
import { selectMailbox } from '#integrations/imap/imap-mailbox.ts'
import { ImapRefusal } from '#integrations/imap/imap-write.ts'
import { type RemoteOp, remoteOpStore } from '../changes/remote-op-store.ts'
import type { ConnectedAccount } from './account-context.ts'
import type { Appends } from './appends.ts'
import { openOps } from './open-op-store.ts'
import { createTakeBack } from './remote-take-back.ts'
import { createRemoteWrites } from './remote-writes.ts'
import { firstOps, likeness, type PlannedWrite, planWrites, splitUnwritable, type WriteGroup } from './write-plan.ts'
import { writeTargetStore } from './write-target-store.ts'

const pageSize = 2000
/** A NO may be a passing one (INUSE, LIMIT): it is final the third time. */
const maxAttempts = 3

/**
 * Writes to the server what the owner changed, in order, over the account's own connection. `running` is recorded
 * before a command is sent: what a crash left so is looked at first. STORE may be said twice; a move may not.
 */
export function createRemoteOps(account: ConnectedAccount, client: ImapFlow, appends: Pick<Appends, 'run'>) {
  const { key, database, commit } = account
  const { ownerId, mailAccountId } = key
  const writes = createRemoteWrites(account, client)
  const takeBack = createTakeBack(account, client)

  /** Answers folders that have to be synced now, because the server did not say where it put a message. */
  async function run(): Promise<Set<string>> {
    const unsure = new Set<string>()
    for (;;) {
      const due = await remoteOpStore.listDue(database, ownerId, mailAccountId, pageSize)
      const ids = due.map((op) => op.message_id)
      const first = firstOps(due, await openOps(database, key, ids))
      // Those that wait behind a postponed one of the same message are looked at again when that is due.
      if (first.length === 0) return unsure
      for (const id of await appends.run(first)) unsure.add(id)
      const here = first.filter((op) => op.kind !== 'append')
      const targets = await writeTargetStore.list(database, key, here)
      const { homeless, away } = splitUnwritable(here, targets)
      if (homeless.length > 0) await commit((tx) => remoteOpStore.done(tx, ownerId, homeless))
      if (away.length > 0) await postpone(away, account.timings.minBackoffMs / 1000, 'The message is not where it was.')
      for (const group of planWrites(here, targets)) for (const id of await execute(group)) unsure.add(id)
    }
  }

  async function execute(group: WriteGroup): Promise<string[]> {
    const begun = await begin(group)
    return begun.length === 0 ? [] : attempt(group, begun)
  }

  async function attempt(group: WriteGroup, begun: readonly PlannedWrite[]): Promise<string[]> {
    try {
      await select(group)
      return await writes.perform(begun)
    } catch (error) {
      const isRefusal = error instanceof ImapRefusal || (error as { responseStatus?: string }).responseStatus === 'NO'
      if (!isRefusal || !client.usable) throw error
      return refused(group, begun, (error as Error).message)
    }
  }

  /** A folder that is selected already says nothing new when it is selected again. */
  async function select({ path, uidvalidity }: WriteGroup): Promise<void> {
    const selected = client.mailbox && client.mailbox.path === path ? Number(client.mailbox.uidValidity) : undefined
    const current = selected ?? (await selectMailbox(client, path)).uidValidity
    if (current !== uidvalidity) throw new ImapRefusal('find the messages again')
  }

  /** The change is read again once it is marked: until then its owner may still have altered it. */
  async function begin({ writes: planned }: WriteGroup): Promise<PlannedWrite[]> {
    return commit(async (tx) => {
      const ids = planned.map(({ op }) => op.id)
      const marked = new Set(await remoteOpStore.markRunning(tx, ownerId, ids))
      const messageIds = planned.map(({ op }) => op.message_id)
      const open = new Map((await openOps(tx, key, messageIds)).map((op) => [op.id, op]))
      const begun = planned.flatMap(({ op, target }): PlannedWrite[] => {
        const current = open.get(op.id)
        // The state before: a `running` one was begun by somebody who died over it.
        return current && marked.has(op.id) ? [{ target, op: { ...current, state: op.state } }] : []
      })
      const altered = begun.filter(({ op }) => !isAlike(op, begun[0]?.op))
      await remoteOpStore.postpone(tx, ownerId, idsOf(altered), { seconds: 0, error: '' })
      return begun.filter((write) => !altered.includes(write))
    })
  }

  async function postpone(ids: string[], seconds: number, error: string): Promise<void> {
    await commit((tx) => remoteOpStore.postpone(tx, ownerId, ids, { seconds, error }))
  }

  /**
   * Who of a refused group is to blame is found by halves. While they are to be tried again anyway, one that is refused
   * alone stands for all: a full mailbox is not asked a thousand times.
   */
  async function refused(group: WriteGroup, begun: readonly PlannedWrite[], reason: string): Promise<string[]> {
    const [first, ...others] = begun
    const isFinal = begun.every(({ op }) => op.attempts >= maxAttempts)
    if (!first || others.length === 0) {
      await giveUp(begun, reason, { isFinal })
      return []
    }
    if (isFinal) return inHalves(group, begun)
    const unsure = await probe(group, first)
    if (unsure) return [...unsure, ...(await inHalves(group, others))]
    await giveUp(begun, reason, { isFinal })
    return []
  }

  async function inHalves(group: WriteGroup, begun: readonly PlannedWrite[]): Promise<string[]> {
    const half = Math.ceil(begun.length / 2)
    const unsure: string[] = []
    for (const part of [begun.slice(0, half), begun.slice(half)]) {
      if (part.length > 0) unsure.push(...(await attempt(group, part)))
    }
    return unsure
  }

  /** Undefined when it was refused; nothing is concluded from that yet. */
  async function probe(group: WriteGroup, write: PlannedWrite): Promise<string[] | undefined> {
    try {
      await select(group)
      return await writes.perform([write])
    } catch (error) {
      const isRefusal = error instanceof ImapRefusal || (error as { responseStatus?: string }).responseStatus === 'NO'
      if (!isRefusal || !client.usable) throw error
    }
  }

  /** At last the owner sees the truth again. */
  async function giveUp(begun: readonly PlannedWrite[], reason: string, { isFinal }: { isFinal: boolean }) {
    if (isFinal) await takeBack(begun, reason)
    else await postpone(idsOf(begun), account.timings.minBackoffMs / 1000, reason)
  }

  return { run }
}

const idsOf = (writes: readonly PlannedWrite[]) => writes.map(({ op }) => op.id)

const isAlike = (op: RemoteOp, other: RemoteOp | undefined) =>
  op.kind === other?.kind && likeness(op) === likeness(other)
