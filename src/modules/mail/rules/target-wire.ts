import { type Static, Type } from 'typebox'
import { Id } from '../reading/wire.ts'
import type { TargetRow } from './target-store.ts'

export const NewTargetBody = Type.Object({
  email: Type.String({ format: 'email', maxLength: 254, examples: ['assistant@example.org'] }),
  mail_account_id: Type.String({ ...Id, description: 'The account from which the code is mailed.' }),
})
export type NewTargetBody = Static<typeof NewTargetBody>

export const RenewedCodeBody = Type.Object({ mail_account_id: NewTargetBody.properties.mail_account_id })

export const VerificationBody = Type.Object({
  code: Type.String({
    ...{ pattern: '^[0-9]{8}$', examples: ['01234567'] },
    description: 'The digits that were mailed to the target.',
  }),
})

export const Target = Type.Object({
  id: Id,
  email: Type.String(),
  is_verified: Type.Boolean(),
  created_at: Type.String({ format: 'date-time' }),
})
export type Target = Static<typeof Target>

export const TargetParams = Type.Object({ target_id: Id })

export const targetOf = ({ id, email, verified_at, created_at }: TargetRow): Target => ({
  ...{ id, email, is_verified: verified_at !== null },
  created_at: created_at.toISOString(),
})
