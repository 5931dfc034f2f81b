import { profileOf } from '#integrations/imap/provider-profiles.ts'
import { noHtmlFacts } from '../html/html-sanitizer.ts'
import { presentHtml } from '../html/present-html.ts'
import { quotedRanges } from '../html/quote-marks.ts'
import { summaryOf } from '../reading/message-presentation.ts'
import type { StoredMessage } from '../reading/message-store.ts'
import { authenticationOf } from './authentication.ts'
import { readCalendarPart } from './calendar-part.ts'
import { type CleanBody, cleanHtml } from './clean-bodies.ts'
import { headerFields } from './header-fields.ts'
import type { ImageTokens } from './image-tokens.ts'
import { listUnsubscribeOf } from './list-unsubscribe.ts'
import type { EnclosedMessage, Message, MessageBody } from './message-wire.ts'
import { securityOf } from './secured-parts.ts'
import { senderWarnings } from './sender-warnings.ts'
import { shownAttachments } from './shown-attachments.ts'
import type { ViewFacts } from './view-store.ts'
import type { Unsubscription } from './view-wire.ts'

/** All that a view of a message is made of; `body` is undefined as long as it is not stored. */
export type Viewed = {
  ownerId: string
  row: StoredMessage
  facts: ViewFacts
  knownDomains: readonly string[]
  body: CleanBody | undefined
  withRemoteImages: boolean
}

export type ShownBody = EnclosedMessage['body']

export type MessagePresentation = ReturnType<typeof createMessagePresentation>

/** Messages of the API. `trustedAuthservIds`: whose Authentication-Results count beside those that providers are known for. */
export function createMessagePresentation(deps: { images: ImageTokens; trustedAuthservIds: readonly string[] }) {
  const { images, trustedAuthservIds } = deps

  /** A body with the addresses of its images. */
  function shownBody(body: CleanBody, { ownerId, messageId, withRemoteImages }: Shown): ShownBody {
    const addresses = {
      inline: (part: string) => images.inline(ownerId, messageId, part),
      ...(withRemoteImages && { remote: (address: string) => images.remote(ownerId, address) }),
    }
    return {
      text: body.text,
      text_quotes: quotedRanges(body.text ?? ''),
      html: body.html === null ? null : presentHtml(body.html, addresses),
      html_colors: body.facts.colors,
      html_document_type: body.facts.documentType,
      is_truncated: body.isTruncated,
      blocked_remote_images: body.facts.blockedRemoteImages,
      tracking_pixels: body.facts.trackingPixels,
    }
  }

  return {
    /** What an answer depends on beside the message. */
    version: () => images.expiry(),
    shownBody,
    message(viewed: Viewed): Message {
      const { ownerId, row, facts, body, withRemoteImages } = viewed
      const { to = [], cc = [], bcc = [], reply_to = [] } = row.recipients
      const { details } = facts
      const fields = headerFields(details?.header_fields ?? '')
      const trusted = [...profileOf(facts.imap_host).authservIds, ...trustedAuthservIds]
      const summary = summaryOf(row)
      const clean = body && withTnefText(row, body, facts)
      const shown = { ownerId, messageId: row.id, withRemoteImages }
      return {
        ...summary,
        ...{ to, cc, bcc, reply_to },
        message_id_header: row.message_id_header,
        in_reply_to: row.in_reply_to,
        references: row.reference_headers,
        body: clean ? { state: stateOf(row), ...shownBody(clean, shown) } : missingBody(row),
        attachments: shownAttachments(row.parts, details?.tnef ?? []),
        has_details: details !== null,
        authentication: authenticationOf(fields, row.from_email, trusted),
        sender_warnings: isOwn(row, facts) ? [] : senderWarnings(summary.from, viewed.knownDomains),
        unsubscription: unsubscriptionOf(fields, facts),
        security: securityOf(row.parts, body?.text ?? null),
        calendar: details?.calendar ? readCalendarPart(details.calendar.part, details.calendar.text) : null,
      }
    },
  }
}

type Shown = { ownerId: string; messageId: string; withRemoteImages: boolean }

const isOwn = (row: StoredMessage, { account_email }: ViewFacts): boolean =>
  row.from_email.toLowerCase() === account_email.toLowerCase()

/** Its HTML could not be had from the server yet; the text beside it is shown meanwhile. */
const stateOf = (row: StoredMessage) => (row.body_state === 'indexed' ? 'pending' : 'stored')

/** Of a message that consists of a winmail.dat alone, what that says. */
function withTnefText(row: StoredMessage, body: CleanBody, { details }: ViewFacts): CleanBody {
  const [tnef] = details?.tnef ?? []
  if (!tnef || body.text?.trim() || body.html) return body
  if (tnef.html === null) return { ...body, text: tnef.text ?? body.text }
  const { html, facts } = cleanHtml(row.id, row.parts, tnef.html)
  return { ...body, text: tnef.text, html, facts }
}

function unsubscriptionOf(fields: Parameters<typeof listUnsubscribeOf>[0], facts: ViewFacts): Unsubscription | null {
  const ways = listUnsubscribeOf(fields)
  if (!ways) return null
  return {
    is_one_click: ways.oneClick !== undefined,
    is_by_mail: ways.mailto !== undefined,
    url: ways.url ?? null,
    requested_at: facts.unsubscribed_at?.toISOString() ?? null,
  }
}

const missingBody = (row: StoredMessage): MessageBody => ({
  state: row.body_state === 'failed' ? 'failed' : 'pending',
  ...{ text: null, text_quotes: [], html: null, is_truncated: false },
  ...{ html_colors: noHtmlFacts.colors, html_document_type: noHtmlFacts.documentType },
  ...{ blocked_remote_images: 0, tracking_pixels: 0 },
})
