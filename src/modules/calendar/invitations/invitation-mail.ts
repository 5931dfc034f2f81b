import type { OwnAddresses as MailAddresses, MailSending } from '#modules/mail/index.ts'
import type { Tx } from '#platform/database/database.ts'
import type { NewEvent } from '#platform/events/events.ts'
import { holderOf, type SeenCalendar } from '../calendars/calendar-holder.ts'
import { isAmong, type OwnAddresses } from '../calendars/own-addresses.ts'
import { personStore } from '../calendars/person-store.ts'
import type { CalendarObject } from '../ical/calendar-object.ts'
import { allOf, type Property, textOf } from '../ical/content-lines.ts'
import { addressOf, eventsOf } from '../ical/event-fields.ts'
import { sameAddress } from '../ical/event-writing.ts'
import { resourceStore } from '../resources/resource-store.ts'
import { answersOf, componentsOf, declinedBy, type Method, messageOf, organizerOf, versionOf, wordsOf } from './itip.ts'

export type CalendarMail = MailAddresses & { sending: MailSending }

/**
 * A change of an object: undefined before it was made, and after it was deleted. `isByProgram`: another program wrote it,
 * which says itself whom it tells (RFC 6638 §7.1).
 */
export type Changed = { before: CalendarObject | undefined; after: CalendarObject | undefined; isByProgram?: boolean }

/**
 * Somebody elsewhere who should hear of a change and does not. `no_mail_account`: whoever would write to them has no account
 * to do so from. `address_invalid`: the event names them by something that is none. `organizer_not_owner`: the event lies in
 * a calendar of somebody else than its organizer, and only who organizes an event in their own calendar invites to it (RFC
 * 6638 §3.1).
 */
export type Unreached = { email: string; reason: 'no_mail_account' | 'address_invalid' | 'organizer_not_owner' }

/** Events of the mail that goes out, to be appended last, by whose account it goes from; and to whom none goes. */
export type Told = { mailed: { ownerId: string; events: NewEvent[] }[]; unreached: Unreached[] }

/** What a message may have of them; other programs invite more people at once. */
const maxRecipients = 500

export type InvitationMail = ReturnType<typeof createInvitationMail>

/**
 * Invitations, cancellations and answers to people elsewhere, by mail (RFC 6047), in the transaction of the change. Those
 * whom the server told itself are not written to, nor are resources. They are those of whose calendar it is, and go out
 * from their account, whoever writes in it: who did is named as their deputy (RFC 5545 §3.2.18), and in the outbox.
 */
export function createInvitationMail(deps: {
  mail: () => CalendarMail
  ownAddresses: OwnAddresses
  now: () => number
}) {
  const { mail, ownAddresses, now } = deps

  async function outsiders(
    tx: Tx,
    object: CalendarObject | undefined,
    { own, isByProgram }: { own: readonly string[]; isByProgram: boolean },
  ): Promise<string[]> {
    if (!object) return []
    const everybody = componentsOf(object).flatMap((event) => allOf(event, 'ATTENDEE'))
    const attendees = isByProgram ? everybody.filter((one) => !isToldByProgram(one)) : everybody
    const candidates = new Map<string, string>()
    for (const one of attendees) {
      const email = addressOf(one)
      if (!isDelivered(one) && email.includes('@') && !isAmong(own, email)) candidates.set(email.toLowerCase(), email)
    }
    const known = await personStore.known(tx, [...candidates.keys()])
    for (const { email } of await resourceStore.named(tx, [...candidates.keys()])) known.add(email)
    return [...candidates].flatMap(([key, email]) => (known.has(key) ? [] : [email]))
  }

  async function send(tx: Tx, { ownerId, writerId, self: own }: Self, message: Message): Promise<Told> {
    const { method, object, subject, attendee = own, note } = message
    const { senderOf, sending } = mail()
    const to = message.to.filter(sending.isAddress)
    const unreached = message.to
      .filter((email) => !sending.isAddress(email))
      .map((email): Unreached => ({ email, reason: 'address_invalid' }))
    if (to.length === 0) return { mailed: [], unreached }
    const sender = await senderOf(tx, ownerId, own)
    if (!sender) {
      unreached.push(...to.map((email): Unreached => ({ email, reason: 'no_mail_account' })))
      return { mailed: [], unreached }
    }
    const deputy = writerId === ownerId ? undefined : await personStore.emailOf(tx, writerId)
    const { title, text } = wordsOf(object)
    const content = messageOf(object, method, { attendee, sentBy: deputy, now: now() })
    const events: NewEvent[] = []
    for (let at = 0; at < to.length; at += maxRecipients) {
      const some = to.slice(at, at + maxRecipients).map((email) => ({ name: '', email }))
      const sent = await sending.send(tx, {
        ...{ ownerId: sender.ownerId, sentBy: writerId === sender.ownerId ? undefined : writerId },
        composition: {
          ...{ mailAccountId: sender.mailAccountId, from: sender.from, to: some, cc: [], bcc: [] },
          replyTo: sameAddress(sender.from.email, own) ? [] : [{ name: '', email: own }],
          subject: `${subject}: ${title}`,
          text: [`${subject}: ${text}`, note].filter(Boolean).join('\n\n'),
          ...{ attachments: [], references: [] },
          parts: [{ contentType: `text/calendar; charset=utf-8; method=${method}`, content }],
        },
      })
      events.push(...sent.events)
    }
    return { mailed: [{ ownerId: sender.ownerId, events }], unreached }
  }

  /** Who is to hear of a change, and who that they are no longer invited. */
  async function audienceOf(tx: Tx, { before, after, isByProgram = false }: Changed, own: readonly string[]) {
    const whose = { own, isByProgram }
    const [earlier, invited] = [await outsiders(tx, before, whose), await outsiders(tx, after, whose)]
    const isIn = (list: readonly string[], email: string) => list.some((one) => sameAddress(one, email))
    const isNews = !before || !after || versionOf(before) !== versionOf(after)
    return {
      told: isNews ? invited : invited.filter((email) => !isIn(earlier, email)),
      left: earlier.filter((email) => !isIn(invited, email)),
    }
  }

  async function asOrganizer(tx: Tx, own: Self & { addresses: readonly string[] }, change: Changed): Promise<Told> {
    const { before, after } = change
    const { told, left } = await audienceOf(tx, change, own.addresses)
    const isCancelled = after ? eventsOf(after).every(({ fields }) => fields.status === 'CANCELLED') : false
    const subject = before ? 'Updated invitation' : 'Invitation'
    const cancelled = before ?? after
    const sent: Told[] = []
    if (after && !isCancelled) sent.push(await send(tx, own, { method: 'REQUEST', object: after, to: told, subject }))
    if (after && isCancelled) {
      sent.push(await send(tx, own, { method: 'CANCEL', object: after, to: told, subject: 'Cancelled' }))
    }
    if (cancelled)
      sent.push(await send(tx, own, { method: 'CANCEL', object: cancelled, to: left, subject: 'Cancelled' }))
    return together(sent)
  }

  async function asAttendee(tx: Tx, own: Self, { before, after, organizer }: Changed & { organizer: Property }) {
    const earlier = before ? answersOf(before, own.self) : []
    const said = after ?? (before && isPromised(earlier, before) ? declinedBy(before, own.self) : undefined)
    if (!said) return []
    const answers = answersOf(said, own.self)
    const isAnswer = answers.some((one) => one !== 'NEEDS-ACTION')
    if (!isAnswer || JSON.stringify(answers) === JSON.stringify(earlier)) return []
    const subject = subjects[answers[0] ?? ''] ?? 'Answer'
    return [await send(tx, own, { method: 'REPLY', object: said, to: [addressOf(organizer)], subject })]
  }

  /** Who deletes an event to which they had not answered says nothing, also not that they read what came to them. */
  function isPromised(answers: readonly string[], object: CalendarObject): boolean {
    const isToCome = eventsOf(object).some(
      ({ fields, rangeEnd }) => fields.status !== 'CANCELLED' && (rangeEnd === null || rangeEnd > now()),
    )
    return isToCome && answers.some((one) => one === 'ACCEPTED' || one === 'TENTATIVE')
  }

  /** The server tells people here of answers, but knows each by one address alone. */
  async function isToldByServer(tx: Tx, email: string, organizer: Property): Promise<boolean> {
    const known = await personStore.known(tx, [addressOf(organizer).toLowerCase(), email])
    return known.has(addressOf(organizer).toLowerCase()) && (known.has(email) || isDelivered(organizer))
  }

  async function asInvited(
    tx: Tx,
    own: Omit<Self, 'self'> & { addresses: readonly string[] },
    change: Changed & { organizer: Property },
  ): Promise<Told> {
    const sent: Told[] = []
    if (change.isByProgram && isToldByProgram(change.organizer)) return nobody
    for (const self of own.addresses) {
      if (await isToldByServer(tx, self, change.organizer)) continue
      sent.push(...(await asAttendee(tx, { ...own, self }, change)))
    }
    return together(sent)
  }

  /** Nobody is invited to an event that somebody organizes in a calendar which is not theirs. */
  async function ofStranger(tx: Tx, writerId: string, change: Changed & { organizer: Property }): Promise<Told> {
    const addresses = await ownAddresses.ofOwner(tx, writerId)
    if (!isAmong(addresses, addressOf(change.organizer))) return nobody
    const { told, left } = await audienceOf(tx, change, addresses)
    const unreached = [...told, ...left].map((email) => ({ email, reason: 'organizer_not_owner' as const }))
    return { mailed: [], unreached }
  }

  return {
    /** Tells people elsewhere of a change that somebody made in a calendar which they see. */
    async tell(tx: Tx, seen: SeenCalendar, change: Changed): Promise<Told> {
      const { ownerId: writerId } = seen
      const object = change.after ?? change.before
      const organizer = object && organizerOf(object)
      if (!organizer) return nobody
      // What is over needs no invitation.
      const isOver = eventsOf(object).every(({ rangeEnd }) => rangeEnd !== null && rangeEnd < now())
      const holder = await holderOf(tx, seen)
      const addresses = holder ? await ownAddresses.ofOwner(tx, holder.ownerId) : []
      const isOrganizer = isAmong(addresses, addressOf(organizer))
      if (holder && isOrganizer && isOver) return nobody
      const own = holder && { ownerId: holder.ownerId, writerId, addresses }
      if (own && isOrganizer) return asOrganizer(tx, { ...own, self: addressOf(organizer) }, change)
      const answered = own ? await asInvited(tx, own, { ...change, organizer }) : nobody
      if (own?.ownerId === writerId || isOver) return answered
      const { unreached } = await ofStranger(tx, writerId, { ...change, organizer })
      return { ...answered, unreached: [...answered.unreached, ...unreached] }
    },

    /** That somebody invited would rather meet at the time that the event has here (RFC 5546 §3.2.7). */
    async propose(
      tx: Tx,
      {
        ownerId,
        object,
        email,
        organizer,
      }: { ownerId: string; object: CalendarObject; email: string; organizer: string },
    ): Promise<Told> {
      const [event] = componentsOf(object)
      const note = (event && textOf(event, 'COMMENT')) ?? ''
      const message = { method: 'COUNTER' as const, object, to: [organizer], subject: 'New time proposed', note }
      return send(tx, { ownerId, writerId: ownerId, self: email }, message)
    },

    /** That the organizer keeps to the time of the event (RFC 5546 §3.2.8). */
    async declineProposal(
      tx: Tx,
      { ownerId, writerId, object, email }: Omit<Self, 'self'> & { object: CalendarObject; email: string },
    ): Promise<Told> {
      const organizer = organizerOf(object)
      if (!organizer) return nobody
      const message = {
        method: 'DECLINECOUNTER' as const,
        object,
        to: [email],
        subject: 'Proposal declined',
        attendee: email,
      }
      return send(tx, { ownerId, writerId, self: addressOf(organizer) }, message)
    },
  }
}

type Message = {
  method: Method
  object: CalendarObject
  to: readonly string[]
  subject: string
  /** Who answers or is answered; whose mail it is by default. */
  attendee?: string
  /** In words alone, for whoever reads it. */
  note?: string
}

/** Whose answers and invitations they are, by the address that the event has for them, and who writes them. */
type Self = { ownerId: string; writerId: string; self: string }

const nobody: Told = { mailed: [], unreached: [] }
const together = (sent: readonly Told[]): Told => ({
  mailed: sent.flatMap(({ mailed }) => mailed),
  unreached: sent.flatMap(({ unreached }) => unreached),
})

const isToldByProgram = ({ params }: Property): boolean =>
  ['CLIENT', 'NONE'].includes(params['SCHEDULE-AGENT']?.[0]?.toUpperCase() ?? '')

/** RFC 6638 §3.2.9: what the server noted. */
const isDelivered = ({ params }: Property): boolean => /^[12]\./.test(params['SCHEDULE-STATUS']?.[0] ?? '')

const subjects: Readonly<Record<string, string>> = {
  ACCEPTED: 'Accepted',
  DECLINED: 'Declined',
  TENTATIVE: 'Tentative',
}
