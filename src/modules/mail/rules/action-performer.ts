import type { Tx } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { MailActs } from '../acts/mail-acts.ts'
import type { MailEvent } from '../events.ts'
import type { CompositionAttachment } from '../outbox/composition.ts'
import { referencesTo } from '../outbox/references.ts'
import type { MailSending } from '../outbox/sending.ts'
import type { MailPolicies } from '../policies.ts'
import { templateStore } from '../templates/template-store.ts'
import { textsOf } from '../templates/template-wire.ts'
import { executionStore } from './execution-store.ts'
import type { MessageFacts } from './matching/message-facts.ts'
import type { AccountNames } from './organisation/account-names.ts'
import { type Omission, omissions, planAct } from './planned-action.ts'
import { isNamed, type KeptAction, type RuleAction } from './rule-action.ts'
import {
  type Answer,
  answerOfTemplate,
  answerOfText,
  filledIn,
  forwardOf,
  isForwardedAlready,
  replyAddressOf,
  replyOf,
  type Sender,
} from './rule-mail.ts'
import { ruleMailStore } from './rule-mail-store.ts'
import type { ActionOutcome } from './rule-wire.ts'
import { createSenders } from './senders.ts'

export type PerformerDeps = {
  acts: MailActs
  sending: MailSending
  policies?: MailPolicies | undefined
  /** What names in rules of the organisation stand for. */
  names: AccountNames
  now: () => number
}

/** The message on which rules act. */
export type Subject = {
  ownerId: string
  mailAccountId: string
  messageId: string
  facts: MessageFacts
  /** Whether it arrives, or was there already. */
  isArriving: boolean
  /** The whole message, where a rule forwards it; an error where it could not be had. */
  enclosed: CompositionAttachment | AppError | undefined
}

/** What earlier rules did that later ones heed. */
export type RunState = { isProtected: boolean }

export type Performed = { outcome: ActionOutcome; events: MailEvent[] }

const replyDays = 7

export type ActionPerformer = ReturnType<typeof createActionPerformer>

/** Does what rules say, each action in a savepoint of its own: one that fails leaves the others done. */
export function createActionPerformer({ acts, sending, policies, names, now }: PerformerDeps) {
  async function forward(tx: Tx, subject: Subject, action: ForwardAction): Promise<Result> {
    const sender = await createSenders(tx, subject.ownerId)(subject.mailAccountId)
    if (isForwardedAlready(subject.facts, sender)) return { omission: omissions.forwarded }
    const to = 'email' in action ? action.email : await ruleMailStore.target(tx, subject.ownerId, action.target_id)
    if (to !== undefined && sender.ownAddresses.has(to.toLowerCase())) return { omission: omissions.ownAddress }
    if (to === undefined) throw new AppError('not_found', 'not_found', 'The forward target is gone or not verified.')
    // It may have been allowed when the target was made.
    await policies?.requireForwarding(tx, subject.ownerId, to)
    const { enclosed } = subject
    if (enclosed === undefined || enclosed instanceof AppError) throw enclosed ?? notEnclosed()
    const composition = forwardOf(subject.facts, sender, { to, enclosed })
    return send(tx, subject, composition)
  }

  async function reply(tx: Tx, subject: Subject, ruleId: string, action: Of<'reply'>): Promise<Result> {
    const sender = await createSenders(tx, subject.ownerId)(subject.mailAccountId)
    const to = replyAddressOf(subject.facts, sender)
    if (to === undefined) return { omission: omissions.notAnswered }
    const { ownerId, messageId } = subject
    const answer = await answerOf(tx, subject, sender, action)
    if (!(await ruleMailStore.noteReply(tx, ownerId, { ruleId, email: to.toLowerCase(), days: replyDays }))) {
      return { omission: omissions.answeredLately }
    }
    const message = await ruleMailStore.threading(tx, ownerId, messageId)
    const threading = message ? referencesTo(message) : { references: [] }
    return send(tx, subject, replyOf(sender, { to, answer, threading }))
  }

  /** With an empty envelope sender: nothing that comes of it comes back (RFC 3834 §3.3). */
  async function send(tx: Tx, { ownerId }: Subject, composition: Parameters<MailSending['send']>[1]['composition']) {
    const { events } = await sending.send(tx, { ownerId, composition, kind: 'automatic_reply', envelopeFrom: '' })
    return { events }
  }

  async function perform(tx: Tx, subject: Subject, ruleId: string, kept: KeptAction, state: RunState): Promise<Result> {
    if (kept.type === 'forward')
      return subject.isArriving ? forward(tx, subject, kept) : { omission: omissions.notApplied }
    if (!isNamed(kept)) return performOwn(tx, subject, ruleId, kept, state)
    const { action, events } = await names.resolve(tx, subject, kept)
    const result = await performOwn(tx, subject, ruleId, action as OwnAction, state)
    return 'omission' in result ? result : { ...result, events: [...events, ...result.events] }
  }

  /** By what the owner has. */
  async function performOwn(
    tx: Tx,
    subject: Subject,
    ruleId: string,
    action: OwnAction,
    state: RunState,
  ): Promise<Result> {
    const { ownerId, messageId, mailAccountId, facts } = subject
    const named = { mail_account_id: mailAccountId, message_id: messageId, rule_id: ruleId }
    switch (action.type) {
      case 'stop':
        return { events: [] }
      case 'reply':
        return subject.isArriving ? reply(tx, subject, ruleId, action) : { omission: omissions.notApplied }
      case 'notify':
        if (!subject.isArriving) return { omission: omissions.notApplied }
        return { events: [{ type: 'mail.rule_notified', data: { ...named, text: filledIn(action.text, facts) } }] }
      case 'call_webhook':
        if (!(await ruleMailStore.hasWebhook(tx, ownerId, action.webhook_id))) throw webhookGone()
        return { events: [{ type: 'mail.rule_webhook_called', data: { ...named, webhook_id: action.webhook_id } }] }
      default: {
        const isInJunk =
          action.type === 'never_junk' && (await executionStore.rolesOf(tx, ownerId, messageId)).has('junk')
        if (action.type === 'never_junk') state.isProtected = true
        const planned = planAct(action, facts, { now: now(), isInJunk, isProtected: state.isProtected })
        if ('omission' in planned) return planned
        const { outcomes, events } = await acts.perform(tx, ownerId, [messageId], [planned.act])
        const [outcome] = outcomes
        if (outcome?.status === 'failed') throw new AppError('conflict', outcome.refusal.code, outcome.refusal.message)
        return { events, isUnchanged: outcome?.status === 'unchanged' }
      }
    }
  }

  return {
    async perform(tx: Tx, subject: Subject, ruleId: string, action: KeptAction, state: RunState): Promise<Performed> {
      await executionStore.savepoint(tx)
      try {
        const result = await perform(tx, subject, ruleId, action, state)
        await executionStore.release(tx)
        return performedOf(action, result)
      } catch (error) {
        // Anything but a refusal is a defect, or the database is away: the message is looked at again.
        if (!(error instanceof AppError) || error.kind === 'unavailable') throw error
        await executionStore.rollBack(tx)
        const { code, message } = error
        return { outcome: { type: action.type, outcome: 'failed', code, message }, events: [] }
      }
    },
  }
}

type Of<Type extends RuleAction['type']> = Extract<RuleAction, { type: Type }>
type ForwardAction = Extract<KeptAction, { type: 'forward' }>
type OwnAction = Exclude<RuleAction, { type: 'forward' }>
type Result = { omission: Omission } | { events: MailEvent[]; isUnchanged?: boolean }

function performedOf({ type }: KeptAction, result: Result): Performed {
  if ('omission' in result) return { outcome: { type, outcome: 'skipped', ...result.omission }, events: [] }
  const outcome = result.isUnchanged ? 'unchanged' : 'done'
  return { outcome: { type, outcome, code: null, message: null }, events: result.events }
}

async function answerOf(tx: Tx, { ownerId, facts }: Subject, sender: Sender, action: Of<'reply'>): Promise<Answer> {
  if (!('template_id' in action)) return answerOfText(action, facts)
  const template = await templateStore.find(tx, ownerId, action.template_id)
  if (!template) throw new AppError('not_found', 'not_found', 'The template of the answer is gone.')
  return answerOfTemplate(textsOf(template), facts, sender)
}

const notEnclosed = () =>
  new AppError('conflict', 'mail.message_gone', 'The message could not be had from the mail server to be forwarded.')

const webhookGone = () => new AppError('not_found', 'not_found', 'The webhook that the rule calls is gone.')
