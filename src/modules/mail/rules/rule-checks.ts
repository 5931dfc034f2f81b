import type { Queryable } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { templateStore } from '../templates/template-store.ts'
import { fillTemplate } from '../templates/template-variables.ts'
import { textsOf } from '../templates/template-wire.ts'
import { findMalformed, maxLeaves } from './condition-wire.ts'
import { type Condition, leavesOf } from './matching/condition.ts'
import { isTextLeaf, isTimeZone, scannedFieldOf } from './matching/leaf.ts'
import { checkPattern, maxWork, readLengthOf } from './matching/regular-expressions.ts'
import type { ActionType, RuleAction } from './rule-action.ts'
import { answerVariables } from './rule-mail.ts'
import { type References, ruleReferenceStore } from './rule-reference-store.ts'
import type { ActionBody } from './rule-wire.ts'

/**
 * Whether a condition can be used, beyond its form.
 * @throws AppError `invalid_request_body`, `mail.rule_too_large`, `mail.rule_expression_invalid`, `mail.rule_time_zone_unknown`
 */
export function checkCondition(condition: Condition): void {
  const malformed = findMalformed(condition)
  if (malformed) throw invalid(`body.${malformed.path}`, malformed.message)
  const leaves = leavesOf(condition)
  if (leaves.length > maxLeaves) {
    throw new AppError('unprocessable', 'mail.rule_too_large', `A rule has ${maxLeaves} conditions at most; make two.`)
  }
  for (const leaf of leaves) {
    if (leaf.field === 'time_of_day' && !isTimeZone(leaf.time_zone)) throw unknownTimeZone(leaf.time_zone)
    if (!isTextLeaf(leaf) || leaf.operator !== 'matches') continue
    for (const pattern of leaf.values) {
      const checked = checkPattern(pattern)
      if ('fault' in checked) throw invalidExpression(pattern, checked.fault)
    }
  }
}

/**
 * Whether the expressions of all of an owner's rules together can be used on each message.
 * @throws AppError `mail.rules_too_costly`
 */
export function checkWork(conditions: readonly Condition[]): void {
  const leaves = conditions.flatMap(leavesOf).filter(isTextLeaf)
  const patterns = leaves.filter(({ operator }) => operator === 'matches')
  const work = new Map(
    patterns.flatMap((leaf) => leaf.values.map((value) => [`${scannedFieldOf(leaf)} ${value}`, { leaf, value }])),
  )
  let sum = 0
  for (const { leaf, value } of work.values()) {
    const checked = checkPattern(value)
    sum += 'fault' in checked ? 0 : checked.instructions * readLengthOf(scannedFieldOf(leaf))
  }
  if (sum <= maxWork) return
  throw new AppError(
    'unprocessable',
    'mail.rules_too_costly',
    'The expressions of your rules take too long together; say some with "contains", or make them shorter.',
  )
}

/** Which members each type of action has. */
const membersOf: Readonly<Record<ActionType, readonly (keyof ActionBody)[]>> = {
  label: ['label_ids'],
  move: ['folder_id'],
  copy: ['folder_id'],
  ...{ mark_read: [], star: [], archive: [], trash: [], mark_junk: [], never_junk: [], stop: [] },
  snooze: ['hours'],
  forward: ['target_id'],
  reply: ['text', 'subject'],
  call_webhook: ['webhook_id'],
  notify: ['text'],
}
const optionalMembers: readonly (keyof ActionBody)[] = ['subject']

/**
 * Actions as they are kept: each with the members of its type and no other. `others` are members of some types instead.
 * @throws AppError `invalid_request_body`
 */
export function actionsOf(
  bodies: readonly ActionBody[],
  others: (body: ActionBody) => readonly (keyof ActionBody)[] | undefined = () => undefined,
): RuleAction[] {
  return bodies.map((body, at) => {
    const isTemplate = body.type === 'reply' && body.template_id !== undefined
    const members = isTemplate ? (['template_id'] as const) : (others(body) ?? membersOf[body.type])
    const { type: _, ...given } = body
    const missing = members.find((member) => body[member] === undefined && !optionalMembers.includes(member))
    if (missing) throw invalidAction(at, missing, `is missing for ${body.type}`)
    const extra = Object.keys(given).find((member) => !members.includes(member as keyof ActionBody))
    if (extra)
      throw invalidAction(at, extra, isTemplate ? 'does not go with template_id' : `is not known for ${body.type}`)
    return { ...(body.type === 'reply' && !isTemplate && { subject: '' }), ...body } as RuleAction
  })
}

/**
 * Whether everything that a rule names is there.
 * @throws AppError `not_found`, `mail.forward_target_unverified`, `mail.template_variables_missing`
 */
export async function checkReferences(
  db: Queryable,
  ownerId: string,
  { mailAccountId, actions }: { mailAccountId: string | null; actions: readonly ActionBody[] },
): Promise<void> {
  const named: References = {
    mailAccountIds: mailAccountId === null ? [] : [mailAccountId],
    folderIds: actions.flatMap(({ folder_id }) => folder_id ?? []),
    labelIds: actions.flatMap(({ label_ids }) => label_ids ?? []),
    targetIds: actions.flatMap(({ target_id }) => target_id ?? []),
    webhookIds: actions.flatMap(({ webhook_id }) => webhook_id ?? []),
  }
  const found = await ruleReferenceStore.find(db, ownerId, named)
  const kinds = [
    ...([
      ['mailAccountIds', 'mail account'],
      ['folderIds', 'folder'],
      ['labelIds', 'label'],
    ] as const),
    ...([
      ['targetIds', 'forward target'],
      ['webhookIds', 'webhook'],
    ] as const),
  ]
  for (const [kind, what] of kinds) if (named[kind].some((id) => !found[kind].has(id))) throw notFound(what)
  if (named.targetIds.some((id) => !found.verifiedTargetIds.has(id))) throw unverifiedTarget()
  for (const id of actions.flatMap(({ template_id }) => template_id ?? [])) await checkTemplate(db, ownerId, id)
}

/** Whether a rule can fill in a template, as it is now. */
async function checkTemplate(db: Queryable, ownerId: string, id: string): Promise<void> {
  const template = await templateStore.find(db, ownerId, id)
  if (!template) throw notFound('template')
  fillTemplate(textsOf(template), Object.fromEntries(answerVariables.map((name) => [name, ''])))
}

/** @throws AppError `not_found` */
export async function checkFolders(db: Queryable, ownerId: string, folderIds: readonly string[]): Promise<void> {
  const none = { mailAccountIds: [], labelIds: [], targetIds: [], webhookIds: [] }
  const found = await ruleReferenceStore.find(db, ownerId, { ...none, folderIds })
  if (folderIds.some((id) => !found.folderIds.has(id))) throw notFound('folder')
}

const invalidAction = (at: number, member: string, message: string) => invalid(`body.actions.${at}.${member}`, message)

const invalid = (path: string, message: string) =>
  new AppError('invalid', 'invalid_request_body', `The request is not valid: ${path} ${message}.`, {
    details: [{ path, message }],
  })

const invalidExpression = (pattern: string, fault: string) =>
  new AppError('unprocessable', 'mail.rule_expression_invalid', `"${pattern.slice(0, 100)}" ${fault}.`)

const unknownTimeZone = (name: string) =>
  new AppError(
    'unprocessable',
    'mail.rule_time_zone_unknown',
    `There is no time zone ${name}; write it as Europe/Paris or UTC.`,
  )

const unverifiedTarget = () =>
  new AppError(
    'unprocessable',
    'mail.forward_target_unverified',
    'Mail is forwarded only to an address whose reader gave the code that was sent there; verify it first.',
  )

export const ruleCodes = [
  ...['mail.rule_too_large', 'mail.rule_expression_invalid', 'mail.rule_time_zone_unknown', 'mail.rules_too_costly'],
  ...['mail.forward_target_unverified', 'mail.template_variables_missing'],
]
