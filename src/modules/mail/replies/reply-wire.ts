import { type Static, Type } from 'typebox'
import { optionalBody } from '#platform/http/routes.ts'
import { Id } from '../reading/wire.ts'

const common = {
  identity_id: Type.Optional(
    Type.String({
      ...Id,
      description: 'By default the one to whom the message came, else the default of its account.',
    }),
  ),
  is_quoted: Type.Optional(Type.Boolean({ default: true, description: 'Whether the message is quoted.' })),
}

export const ReplyBody = optionalBody(Type.Object(common))
export type ReplyBody = Static<typeof ReplyBody>

export const ForwardBody = optionalBody(
  Type.Object({
    ...common,
    as: Type.Optional(
      Type.Union([Type.Literal('text'), Type.Literal('attachment')], {
        default: 'text',
        description: '`text` quotes it and attaches its files; `attachment` encloses the message as it was sent.',
      }),
    ),
  }),
)
export type ForwardBody = Static<typeof ForwardBody>
