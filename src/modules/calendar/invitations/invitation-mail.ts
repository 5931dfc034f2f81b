import type { OwnAddresses as MailAddresses, MailSending } from '#modules/mail/index.ts'
import type { Tx } from '#platform/database/database.ts'
import type { NewEvent } from '#platform/events/events.ts'
import { isAmong, type OwnAddresses } from '../calendars/own-addresses.ts'
import { personStore } from '../calendars/person-store.ts'
import type { CalendarObject } from '../ical/calendar-object.ts'
import { allOf, type Property } from '../ical/content-lines.ts'
import { addressOf, eventsOf } from '../ical/event-fields.ts'
import { sameAddress } from '../ical/event-writing.ts'
import { resourceStore } from '../resources/resource-store.ts'
import { answersOf, componentsOf, type Method, messageOf, organizerOf, versionOf, wordsOf } from './itip.ts'

export type CalendarMail = MailAddresses & { sending: MailSending }

/** A change of an object of the owner's own: undefined before it was made, and after it was deleted. */
export type Changed = { ownerId: string; before: CalendarObject | undefined; after: CalendarObject | undefined }

export type InvitationMail = ReturnType<typeof createInvitationMail>

/**
 * Invitations, cancellations and answers to people elsewhere, by mail (RFC 6047), in the transaction of the change. Those
 * whom the server told itself are not written to, nor are resources.
 */
export function createInvitationMail(deps: {
  mail: () => CalendarMail
  ownAddresses: OwnAddresses
  now: () => number
}) {
  const { mail, ownAddresses, now } = deps

  async function outsiders(tx: Tx, object: CalendarObject | undefined, own: readonly string[]): Promise<string[]> {
    if (!object) return []
    const attendees = componentsOf(object).flatMap((event) => allOf(event, 'ATTENDEE'))
    const candidates = new Map<string, string>()
    for (const one of attendees) {
      const email = addressOf(one)
      if (!isDelivered(one) && email.includes('@') && !isAmong(own, email)) candidates.set(email.toLowerCase(), email)
    }
    const known = await personStore.known(tx, [...candidates.keys()])
    for (const { email } of await resourceStore.named(tx, [...candidates.keys()])) known.add(email)
    return [...candidates].flatMap(([key, email]) => (known.has(key) ? [] : [email]))
  }

  async function send(
    tx: Tx,
    { ownerId, self: own }: Self,
    message: { method: Method; object: CalendarObject; to: readonly string[]; subject: string; attendee?: string },
  ): Promise<NewEvent[]> {
    const { senderOf, sending } = mail()
    const sender = await senderOf(tx, ownerId, own)
    if (!sender || message.to.length === 0) return []
    const { method, object, to, subject, attendee = own } = message
    const { title, text } = wordsOf(object)
    const content = messageOf(object, method, { attendee, now: now() })
    const { events } = await sending.send(tx, {
      ownerId,
      composition: {
        ...{ mailAccountId: sender.mailAccountId, from: sender.from, to: to.map((email) => ({ name: '', email })) },
        replyTo: sameAddress(sender.from.email, own) ? [] : [{ name: '', email: own }],
        ...{
          cc: [],
          bcc: [],
          subject: `${subject}: ${title}`,
          text: `${subject}: ${text}`,
          attachments: [],
          references: [],
        },
        parts: [{ contentType: `text/calendar; charset=utf-8; method=${method}`, content }],
      },
    })
    return events
  }

  async function asOrganizer(
    tx: Tx,
    own: Self & { addresses: readonly string[] },
    { before, after }: Changed,
  ): Promise<NewEvent[]> {
    const { addresses } = own
    const [earlier, invited] = [await outsiders(tx, before, addresses), await outsiders(tx, after, addresses)]
    const isInvited = (email: string) => invited.some((one) => sameAddress(one, email))
    const left = earlier.filter((email) => !isInvited(email))
    const isNews = !before || !after || versionOf(before) !== versionOf(after)
    const told = isNews ? invited : invited.filter((email) => !earlier.some((one) => sameAddress(one, email)))
    const isCancelled = after ? eventsOf(after).every(({ fields }) => fields.status === 'CANCELLED') : false
    const subject = before ? 'Updated invitation' : 'Invitation'
    const cancelled = before ?? after
    return [
      ...(after && !isCancelled ? await send(tx, own, { method: 'REQUEST', object: after, to: told, subject }) : []),
      ...(after && isCancelled
        ? await send(tx, own, { method: 'CANCEL', object: after, to: told, subject: 'Cancelled' })
        : []),
      ...(cancelled
        ? await send(tx, own, { method: 'CANCEL', object: cancelled, to: left, subject: 'Cancelled' })
        : []),
    ]
  }

  async function asAttendee(tx: Tx, own: Self, { before, after, organizer }: Changed & { organizer: Property }) {
    if (!after) return []
    const answers = answersOf(after, own.self)
    const isAnswer = answers.some((one) => one !== 'NEEDS-ACTION')
    if (!isAnswer || JSON.stringify(answers) === JSON.stringify(before ? answersOf(before, own.self) : [])) return []
    const subject = subjects[answers[0] ?? ''] ?? 'Answer'
    return send(tx, own, { method: 'REPLY', object: after, to: [addressOf(organizer)], subject })
  }

  /** The server tells people here of answers, but knows each by one address alone. */
  async function isToldByServer(tx: Tx, email: string, organizer: Property): Promise<boolean> {
    const known = await personStore.known(tx, [addressOf(organizer).toLowerCase(), email])
    return known.has(addressOf(organizer).toLowerCase()) && (known.has(email) || isDelivered(organizer))
  }

  return {
    /** @returns events of the mail, to be appended last. */
    async tell(tx: Tx, change: Changed): Promise<NewEvent[]> {
      const { ownerId } = change
      const object = change.after ?? change.before
      const organizer = object && organizerOf(object)
      if (!organizer) return []
      const addresses = await ownAddresses.ofOwner(tx, ownerId)
      if (!isAmong(addresses, addressOf(organizer))) {
        const mailed: NewEvent[] = []
        for (const self of addresses) {
          if (await isToldByServer(tx, self, organizer)) continue
          mailed.push(...(await asAttendee(tx, { ownerId, self }, { ...change, organizer })))
        }
        return mailed
      }
      // What is over needs no invitation.
      const read = eventsOf(object)
      if (read.every(({ rangeEnd }) => rangeEnd !== null && rangeEnd < now())) return []
      return asOrganizer(tx, { ownerId, self: addressOf(organizer), addresses }, change)
    },

    /** That the organizer keeps to the time of the event (RFC 5546 §3.2.8). @returns as `tell` does. */
    async declineProposal(
      tx: Tx,
      { ownerId, object, email }: { ownerId: string; object: CalendarObject; email: string },
    ) {
      const organizer = organizerOf(object)
      if (!organizer) return []
      const message = {
        method: 'DECLINECOUNTER' as const,
        object,
        to: [email],
        subject: 'Proposal declined',
        attendee: email,
      }
      return send(tx, { ownerId, self: addressOf(organizer) }, message)
    },
  }
}

/** Whose answers and invitations they are, by the address that the event has for them. */
type Self = { ownerId: string; self: string }

/** RFC 6638 §3.2.9: what the server noted. */
const isDelivered = ({ params }: Property): boolean => /^[12]\./.test(params['SCHEDULE-STATUS']?.[0] ?? '')

const subjects: Readonly<Record<string, string>> = {
  ACCEPTED: 'Accepted',
  DECLINED: 'Declined',
  TENTATIVE: 'Tentative',
}
