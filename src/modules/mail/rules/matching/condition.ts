/** Fields of a message that are texts. Those of addresses have the name, the address, and both as they are written. */
export const textFields = [
  ...(['from', 'to', 'cc', 'recipient', 'subject', 'body', 'list_id'] as const),
  ...(['attachment_name', 'attachment_type'] as const),
]
export type TextField = (typeof textFields)[number]

export const textOperators = ['equals', 'contains', 'starts_with', 'ends_with', 'matches'] as const
export type TextOperator = (typeof textOperators)[number]

export const orderOperators = ['greater_than', 'less_than'] as const
type OrderOperator = (typeof orderOperators)[number]

export const authenticationMethods = ['verdict', 'spf', 'dkim', 'dmarc'] as const
export type AuthenticationMethod = (typeof authenticationMethods)[number]

/** True when any of the values fits any text of the field, whatever its case. */
export type TextCondition = { field: TextField; operator: TextOperator; values: readonly string[] }
/** The same of any header field of that name. */
export type HeaderCondition = { field: 'header'; name: string; operator: TextOperator; values: readonly string[] }
export type SizeCondition = { field: 'size'; operator: OrderOperator; bytes: number }
/** When the message came. */
export type DateCondition = { field: 'date'; operator: OrderOperator; at: string }
/** The time of day at which it came, `HH:MM`. */
export type TimeCondition = { field: 'time_of_day'; operator: OrderOperator; time: string; time_zone: string }
export type FlagCondition = { field: 'is_reply' | 'sender_is_contact' | 'sender_is_new'; is: boolean }
/** What the account's own server found out about the sender. */
export type AuthenticationCondition = {
  field: 'authentication'
  method: AuthenticationMethod
  values: readonly string[]
}
/** Two-letter codes (ISO 639-1). */
export type LanguageCondition = { field: 'language'; values: readonly string[] }

export type Leaf =
  | TextCondition
  | HeaderCondition
  | SizeCondition
  | DateCondition
  | TimeCondition
  | FlagCondition
  | AuthenticationCondition
  | LanguageCondition

export const groupMatches = ['all', 'any', 'none'] as const
/** `all` of nothing is true, `any` of nothing false. */
export type Group = { match: (typeof groupMatches)[number]; conditions: readonly Condition[] }
export type Condition = Leaf | Group

export const isGroup = (condition: Condition): condition is Group => 'match' in condition

/** Every leaf, in order. */
export const leavesOf = (condition: Condition): Leaf[] =>
  isGroup(condition) ? condition.conditions.flatMap(leavesOf) : [condition]
