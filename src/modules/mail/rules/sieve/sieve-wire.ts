import { type Static, Type } from 'typebox'
import { Id } from '../../reading/wire.ts'
import { ProposedRule, Rule } from '../rule-wire.ts'

export const ExportQuery = Type.Object({
  mail_account_id: Type.String({ ...Id, description: 'The account on whose server the script is to run.' }),
})

export const ExportedScript = Type.Object({
  script: Type.String(),
  notes: Type.Array(Type.Object({ rule_id: Id, what: Type.String(), reason: Type.String() }), {
    description: 'What the script cannot say of each rule.',
  }),
})
export type ExportedScript = Static<typeof ExportedScript>

export const ImportBody = Type.Object({
  mail_account_id: Type.String({ ...Id, description: 'The account whose folders the script names.' }),
  script: Type.String({
    maxLength: 200_000,
    examples: ['if header :contains "subject" "invoice" { fileinto "Invoices"; }'],
  }),
  is_preview: Type.Optional(Type.Boolean({ description: 'Answers what would be made, and makes nothing.' })),
})
export type ImportBody = Static<typeof ImportBody>

export const ImportedScript = Type.Object({
  rules: Type.Array(ProposedRule, { description: 'What the script comes to.' }),
  created: Type.Array(Rule),
  notes: Type.Array(
    Type.Object({
      line: Type.Integer(),
      kind: Type.String({
        enum: ['omitted', 'approximated'],
        description: '`omitted`: it is in no rule; `approximated`: a rule does nearly that.',
      }),
      ...{ what: Type.String(), reason: Type.String() },
    }),
  ),
})
export type ImportedScript = Static<typeof ImportedScript>
