import type { Reader } from './reader.ts'

/** What Authentik's provider puts into `sub` of its tokens: its `sub_mode`. */
export const subjectKinds = ['user_uuid', 'user_id', 'user_username', 'user_email', 'hashed_user_id'] as const
export type SubjectKind = (typeof subjectKinds)[number]

/** Where people and groups are administered. Undefined `url`: elsewhere. */
export type AuthentikConfig = Readonly<{
  /** Inside the network, with its path (`/auth`) and without a slash at its end. */
  url: string | undefined
  subject: SubjectKind
}>

export const readAuthentik = (reader: Reader): AuthentikConfig => ({
  url: reader.has('AUTHENTIK_URL') ? withoutSlash(reader.url('AUTHENTIK_URL', ['http:', 'https:'])) : undefined,
  subject: reader.choice('AUTHENTIK_SUBJECT', subjectKinds, 'user_uuid'),
})

const withoutSlash = (url: string | undefined): string => (url ?? '').replace(/\/+$/, '')
