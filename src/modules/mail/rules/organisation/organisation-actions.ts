import { AppError } from '#platform/errors.ts'
import { checkedName as checkedFolderName } from '../../folders/folder-name.ts'
import { checkedName as checkedLabelName } from '../../labels/label-name.ts'
import { parseAddress } from '../../outbox/address.ts'
import type { ActionType, KeptAction } from '../rule-action.ts'
import { actionsOf } from '../rule-checks.ts'
import type { ActionBody } from '../rule-wire.ts'
import { partsOf } from './account-names.ts'

/** Names of folders from the top on, as deep as servers take them. */
const maxDepth = 10

const actionTypes: readonly ActionType[] = [
  ...(['label', 'move', 'copy', 'forward', 'mark_read', 'star', 'archive', 'trash', 'mark_junk'] as const),
  ...(['never_junk', 'snooze', 'reply', 'notify', 'stop'] as const),
]

/** What one person, or one account of theirs, has and nobody else. */
const ofOnePerson: readonly (keyof ActionBody)[] = ['folder_id', 'label_ids', 'target_id', 'template_id', 'webhook_id']

/**
 * Actions of a rule of the organisation as they are kept: by names, roles and addresses.
 * @throws AppError `mail.rule_action_of_one_person`, `mail.folder_name_invalid`, `mail.label_name_invalid`,
 *   `invalid_request_body`
 */
export function organisationActionsOf(bodies: readonly ActionBody[]): KeptAction[] {
  const refused = bodies.find(
    (body) => !actionTypes.includes(body.type) || ofOnePerson.some((member) => body[member] !== undefined),
  )
  if (refused) throw actionOfOnePerson(refused.type)
  return actionsOf(bodies, membersNamed).map((action, at) => checkedNames(action as ActionBody, at))
}

/** Which members the types of actions have that go by names. */
function membersNamed({ type, folder_role }: ActionBody): readonly (keyof ActionBody)[] | undefined {
  if (type === 'label') return ['label_names']
  if (type === 'forward') return ['email']
  if (type === 'move' && folder_role !== undefined) return ['folder_role']
  return type === 'move' || type === 'copy' ? ['folder_path'] : undefined
}

function checkedNames(action: ActionBody, at: number): KeptAction {
  const { label_names, folder_path, email } = action
  if (label_names) return { type: 'label', label_names: [...new Set(label_names.map(checkedLabelName))] }
  if (folder_path !== undefined) {
    const parts = partsOf(folder_path).map((part) => checkedFolderName(part, '/'))
    if (parts.length > maxDepth) throw invalid(at, 'folder_path', `has more than ${maxDepth} folders in each other`)
    return { type: action.type as 'move' | 'copy', folder_path: parts.join('/') }
  }
  if (email === undefined) return action as KeptAction
  const address = parseAddress(email)
  if (!address) throw invalid(at, 'email', 'is no address')
  return { type: 'forward', email: address.email }
}

const invalid = (at: number, member: string, message: string) => {
  const path = `body.rules.actions.${at}.${member}`
  return new AppError('invalid', 'invalid_request_body', `The request is not valid: ${path} ${message}.`, {
    details: [{ path, message }],
  })
}

const actionOfOnePerson = (type: string) =>
  new AppError(
    'unprocessable',
    'mail.rule_action_of_one_person',
    `A rule for everybody cannot do "${type}" with what one person has: name the folder by folder_role or folder_path, ` +
      `labels by label_names, the address by email. It can do ${actionTypes.join(', ')}.`,
  )
