import { Type } from 'typebox'
import { AppError } from '#platform/errors.ts'
import { maxWishes, readWishes, type Wishes, wishPattern } from '../wishes.ts'

/** What both ways to connect take. */
export const ConnectionQuery = Type.Object({
  ticket: Type.Optional(Type.String({ maxLength: 100, description: 'Of `POST /api/v1/realtime/tickets`.' })),
  resume_from: Type.Optional(
    Type.Integer({
      minimum: 0,
      description: 'The last `seq` that the client has seen: what it missed in up to a day comes first.',
    }),
  ),
  subscribe: Type.Optional(
    Type.String({
      ...{ maxLength: 8000, pattern: `^${wishPattern}(,${wishPattern})*$`, examples: ['mail,calendar'] },
      examples: ['mail.message,calendar'],
      description:
        `What to hear of, up to ${maxWishes} separated by commas: \`mail\` (a module), \`mail.message\` (a resource of ` +
        'it), `mail:ID` or `mail.message:ID` (one thing). All by default.',
    }),
  ),
})

/** @throws AppError `invalid_request_body` when there are too many. */
export function wishesOf(subscribe: string | undefined): Wishes | undefined {
  if (subscribe === undefined) return undefined
  const wishes = readWishes(subscribe.split(','))
  if (wishes) return wishes
  throw new AppError('invalid', 'invalid_request_body', `Subscribe to ${maxWishes} things at most.`)
}

/** Where a client was. A number that no owner ever comes to is as good as any other such number. */
export const positionOf = (seq: number | undefined): number | undefined =>
  seq === undefined ? undefined : Math.min(seq, Number.MAX_SAFE_INTEGER)
