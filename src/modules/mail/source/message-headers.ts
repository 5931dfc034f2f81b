import type { ImapFlow } from 'imapflow'
import { uidSet } from '#integrations/imap/imap-mailbox.ts'
import type { HeaderField } from '../view/header-fields.ts'
import type { Downloads } from './downloads.ts'
import { headerFieldsOf, maxHeaderBytes } from './header-fields.ts'
import { toUpstreamError, upstreamTimeout } from './upstream-error.ts'

/** Where a message lies on its server. */
export type HeaderPlace = { messageId: string; path: string; uidvalidity: number; uid: number }

const patienceMs = 30_000

export type MessageHeaders = ReturnType<typeof createMessageHeaders>

/** Headers as they lie on their server, over short-lived connections. */
export function createMessageHeaders({ downloads }: { downloads: Downloads }) {
  return {
    /**
     * The headers of messages of one account, by message; those that are not where they were last seen are left out.
     * @throws AppError `upstream_unavailable`, `upstream_timeout`
     */
    async fetch(
      ownerId: string,
      mailAccountId: string,
      places: readonly HeaderPlace[],
    ): Promise<Map<string, HeaderField[]>> {
      const found = new Map<string, HeaderField[]>()
      const signal = AbortSignal.timeout(patienceMs)
      const work = async (client: ImapFlow) => {
        for (const group of byFolder(places)) await fetchGroup(client, group, found)
      }
      try {
        await downloads.withConnection(ownerId, mailAccountId, work, signal)
      } catch (error) {
        throw signal.aborted ? upstreamTimeout(error) : toUpstreamError(error)
      }
      return found
    },
  }
}

const byFolder = (places: readonly HeaderPlace[]): HeaderPlace[][] =>
  Object.values(Object.groupBy(places, ({ path, uidvalidity }) => `${uidvalidity} ${path}`)).filter(
    (group) => group !== undefined,
  )

async function fetchGroup(
  client: ImapFlow,
  group: readonly HeaderPlace[],
  found: Map<string, HeaderField[]>,
): Promise<void> {
  const [first] = group
  if (!first) return
  const mailbox = await client.mailboxOpen(first.path, { readOnly: true }).catch(unlessRefused)
  // Only within its UIDVALIDITY does a UID name a message (RFC 3501 §2.3.1.1).
  if (Number(mailbox?.uidValidity) !== first.uidvalidity) return
  const byUid = new Map(group.map(({ uid, messageId }) => [uid, messageId]))
  const uids = [...byUid.keys()].sort((one, other) => one - other)
  const bodyParts = [{ key: 'header', start: 0, maxLength: maxHeaderBytes }]
  for await (const row of client.fetch(uidSet(uids), { uid: true, bodyParts }, { uid: true })) {
    const messageId = byUid.get(row.uid)
    // Where imapflow puts it, however it was asked for.
    if (messageId !== undefined && row.headers) found.set(messageId, headerFieldsOf(row.headers))
  }
}

function unlessRefused(error: unknown): undefined {
  if ((error as { responseStatus?: unknown }).responseStatus !== 'NO') throw error
}
