import { Type } from 'typebox'
import { page, pageQuery } from '#platform/http/routes.ts'
import type { FoundItem, SearchAnswer } from './search.ts'

const found = {
  ...{ type: 'mail.message', id: '0197a1e8-1234-7567-89ab-cdef01234567', title: 'Budget of the playground' },
  title_highlights: [[0, 6]],
  ...{ excerpt: 'Here is the budget for the swings', highlights: [[12, 18]] },
  who: { name: 'Bob Keller', email: 'bob@example.test' },
  when: '2026-05-23T09:00:00.000Z',
  link: '/api/v1/mail/messages/0197a1e8-1234-7567-89ab-cdef01234567',
  place: {
    mail_account_id: '0197a1b9-1111-7111-8111-111111111111',
    folder_id: '0197a1ba-2222-7222-8222-222222222222',
  },
}
const Highlights = (of: string) =>
  Type.Array(Type.Array(Type.Integer(), { minItems: 2, maxItems: 2 }), {
    description: `Ranges of \`${of}\` that matched: [start, end) in UTF-16 code units, as JavaScript counts.`,
  })
const Found = Type.Object(
  {
    type: Type.String({ description: '`mail.message`, `drive.file`, `calendar.event`, `contacts.contact`, …' }),
    id: Type.String({ description: 'Of the resource in its module’s API.' }),
    title: Type.String(),
    title_highlights: Highlights('title'),
    excerpt: Type.String({ description: 'Plain text, never HTML.' }),
    highlights: Highlights('excerpt'),
    who: Type.Union([Type.Object({ name: Type.String(), email: Type.String() }), Type.Null()]),
    when: Type.String({ format: 'date-time' }),
    link: Type.String({ description: 'The path of the resource in this API.' }),
    place: Type.Record(Type.String(), Type.String(), {
      description: 'Where it lies, in the words of its module: `mail_account_id` and `folder_id` of a message.',
    }),
  },
  { examples: [found] },
)

const count = Type.Integer({ description: 'Of the newest 500 hits of each source.' })
const Facets = Type.Object({
  types: Type.Array(Type.Object({ value: Type.String(), count })),
  years: Type.Array(Type.Object({ value: Type.Integer(), count })),
  people: Type.Array(Type.Object({ name: Type.String(), email: Type.String(), count })),
  is_capped: Type.Boolean({ description: 'There are more hits than were counted.' }),
})

export const FoundPage = Type.Object(
  {
    ...page(Found).properties,
    facets: Type.Union([Facets, Type.Null()], { description: 'With the first page, unless `facets=false`.' }),
    did_you_mean: Type.Union([Type.String(), Type.Null()], {
      description: 'Nothing matched `q`; the hits are those of this query, which looks like it.',
    }),
    problems: Type.Array(
      Type.Object({
        column: Type.Integer({ description: 'In `q`, from 1, in UTF-16 code units.' }),
        length: Type.Integer(),
        message: Type.String(),
      }),
      { description: 'What looked like an operator and made no sense: it was looked for as words.' },
    ),
    incomplete: Type.Array(
      Type.Object({ type: Type.String(), reason: Type.String({ enum: ['timeout', 'unavailable'] }) }),
      { description: 'The types of which something may be missing here.' },
    ),
  },
  {
    examples: [
      {
        items: [found],
        next_cursor: null,
        facets: {
          types: [{ value: 'mail.message', count: 1 }],
          years: [{ value: 2026, count: 1 }],
          people: [{ name: 'Bob Keller', email: 'bob@example.test', count: 1 }],
          is_capped: false,
        },
        ...{ did_you_mean: null, problems: [], incomplete: [] },
      },
    ],
  },
)

export const searchQuery = Type.Object({
  q: Type.String({
    minLength: 1,
    maxLength: 500,
    description:
      'Words (all must be found; the last may be a beginning), "phrases", `-not`, `OR`, brackets, and operators: `from:` `to:` `cc:` `with:` `subject:` `in:` `label:` `filename:` `has:attachment` `is:unread` (`read`, `starred`, `answered`, `draft`, `pinned`, `snoozed`) `before:` `after:` `on:` (2026, 2026-05, 2026-05-23, today) `older_than:` `newer_than:` (3d, 2w, 6m, 1y) `larger:` `smaller:` (10M) `type:`. What makes no sense is looked for as words.',
  }),
  types: Type.Optional(
    Type.String({
      pattern: '^[a-z]+(\\.[a-z_]+)?(,[a-z]+(\\.[a-z_]+)?)*$',
      examples: ['mail,drive'],
      maxLength: 300,
      description: 'Types of hits, or modules, separated by commas: `mail,drive.file`. All by default.',
    }),
  ),
  sort: Type.Optional(
    Type.String({
      enum: ['date', 'relevance'],
      default: 'date',
      description:
        '`date`: newest first. `relevance`: by words, freshness and sender, among the newest 500 hits, then the next.',
    }),
  ),
  facets: Type.Optional(Type.Boolean({ default: true, description: 'Whether the first page tells counts.' })),
  ...pageQuery,
})

export const wireForm = ({ items, ...answer }: SearchAnswer) => ({ ...answer, items: items.map(itemForm) })

const itemForm = ({ hit, excerpt, titleHighlights }: FoundItem) => ({
  type: hit.type,
  id: hit.resourceId ?? hit.id,
  title: hit.title,
  title_highlights: titleHighlights,
  excerpt: excerpt.text,
  highlights: excerpt.highlights,
  who: hit.who,
  when: `${hit.when.slice(0, 23)}Z`,
  link: hit.link,
  place: hit.place,
})
