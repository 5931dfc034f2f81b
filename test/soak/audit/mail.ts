import assert from 'node:assert/strict'
import { inStore, onServer, syncedAccount } from '../../fixtures/sync-account.ts'
import { eventually } from '../../harness/eventually.ts'
import type { SentBySoak } from '../acts/mail.ts'
import type { Inhabitant } from '../population.ts'
import type { World } from '../world.ts'
import { countEach, difference, type Evidence, type Finding } from './finding.ts'

const patience = { timeoutMs: 120_000, everyMs: 1000 }

/** Each mailbox as its owner sees it is what its server has: folders, UIDs, flags and subjects. */
export async function auditMailboxes({ world, inhabitants }: Evidence): Promise<Finding> {
  const violations: string[] = []
  let messages = 0
  for (const inhabitant of inhabitants) {
    const account = await accountOf(world, inhabitant)
    const client = await world.dovecot.connect(inhabitant.mail.user)
    let [found, count]: [string[], number] = [[], 0]
    // Copies of drafts are filed for some seconds after all else has ended.
    const compare = async () => {
      const stored = inStore(await account.messages())
      count = stored.length
      const differing = difference(stored, await onServer(client), ['in the store', 'at the server'])
      found = [...differing, ...(await unreadable(world, inhabitant))]
      assert.equal(found.length, 0)
    }
    await eventually(compare, patience).catch(() =>
      violations.push(...found.map((one) => `${inhabitant.name}: ${one}`)),
    )
    messages += count
    await client.logout()
  }
  return { promise: 'Mailboxes are what their servers have', seen: `${messages} messages`, violations }
}

async function accountOf({ database }: World, { mail }: Inhabitant) {
  const { owner_id: ownerId } = await database
    .selectFrom('mail_account')
    .select('owner_id')
    .where('id', '=', mail.accountId)
    .executeTakeFirstOrThrow()
  return syncedAccount(database, { ownerId, mailAccountId: mail.accountId })
}

async function unreadable({ database }: World, { mail }: Inhabitant): Promise<string[]> {
  const rows = await database
    .selectFrom('mail_message')
    .select(['subject', 'body_state'])
    .where('mail_account_id', '=', mail.accountId)
    .where('body_state', '!=', 'stored')
    .execute()
  return rows.map((row) => `the body of "${row.subject}" is ${row.body_state}`)
}

/** What was sent arrived once, is once in Sent, and its sender knows. What nobody knows of arrived once or not at all. */
export async function auditSent({ world, inhabitants }: Evidence): Promise<Finding> {
  const states: string[] = []
  const violations: string[] = []
  const places = await subjectsByPlace(world, inhabitants)
  for (const { name, mail } of inhabitants) {
    for (const sent of mail.sent) {
      const state = await stateOf(world, sent)
      states.push(state)
      const arrived = places.get(sent.to)?.received.get(sent.subject) ?? 0
      const filed = places.get(name)?.sent.get(sent.subject) ?? 0
      const isRight = arrivals[state]?.includes(arrived) && (state !== 'sent' || filed === 1)
      if (!isRight) violations.push(`"${sent.subject}" is ${state}, arrived ${arrived} times, ${filed} times in Sent`)
    }
  }
  const counts = [...countEach(states)].map(([state, count]) => `${count} ${state}`).join(', ')
  return { promise: 'No mail is lost or sent twice', seen: counts, violations }
}

/** How often a message of each state may have arrived. Of those without an answer, nothing was promised. */
const arrivals: Readonly<Record<string, readonly number[]>> = {
  ...{ sent: [1], unknown: [0, 1], failed: [0], unanswered: [0, 1] },
}

async function stateOf({ database }: World, { outboxId }: SentBySoak): Promise<string> {
  if (!outboxId) return 'unanswered'
  const row = await database.selectFrom('mail_outbox').select('state').where('id', '=', outboxId).executeTakeFirst()
  return row?.state ?? 'gone'
}

async function subjectsByPlace(world: World, inhabitants: readonly Inhabitant[]) {
  const places = new Map<string, { received: Map<string, number>; sent: Map<string, number> }>()
  for (const { name, mail } of inhabitants) {
    const client = await world.dovecot.connect(mail.user)
    const lines = (await onServer(client)).map((line) => /^(\S+) \d+ \S+ (.*)$/.exec(line) ?? ['', '', ''])
    await client.logout()
    const subjects = (isSent: boolean) =>
      lines.filter(([, path]) => (path === 'Sent') === isSent).map((line) => line[2] ?? '')
    places.set(name, { received: countEach(subjects(false)), sent: countEach(subjects(true)) })
  }
  return places
}

/** What other servers filed is shown, was told once, and is found. */
export async function auditDelivered({ world, inhabitants }: Evidence): Promise<Finding> {
  const violations: string[] = []
  let count = 0
  for (const inhabitant of inhabitants) {
    const account = await accountOf(world, inhabitant)
    const shown = countEach((await account.messages()).map(({ subject }) => subject))
    const told = countEach((await account.events('mail.message_created')).map(({ data }) => String(data.subject)))
    for (const subject of inhabitant.mail.delivered) {
      count++
      if (shown.get(subject) !== 1) violations.push(`"${subject}" is shown ${shown.get(subject) ?? 0} times`)
      if (told.get(subject) !== 1) violations.push(`"${subject}" was told ${told.get(subject) ?? 0} times`)
    }
    violations.push(...(await notFound(inhabitant)))
  }
  return { promise: 'Mail that arrives is shown, told once and found', seen: `${count} messages`, violations }
}

/** Of the newest few. */
async function notFound({ client, mail }: Inhabitant): Promise<string[]> {
  const missing: string[] = []
  for (const subject of mail.delivered.slice(-5)) {
    const reply = await client.ask(
      'audit: search',
      'GET',
      `/api/v1/search?q=${encodeURIComponent(`in:anywhere "${subject}"`)}&types=mail`,
    )
    const titles = (reply.body.items ?? []).map((item: { title: string }) => item.title)
    if (titles.filter((title: string) => title === subject).length !== 1)
      missing.push(`"${subject}" is found as ${JSON.stringify(titles)}`)
  }
  return missing
}
