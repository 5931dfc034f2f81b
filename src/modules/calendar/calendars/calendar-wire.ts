import { Type } from 'typebox'
import { page } from '#platform/http/routes.ts'

const Share = Type.Object({ user: Type.String(), access: Type.String({ enum: ['read', 'read_write'] }) })

export const Calendar = Type.Object(
  {
    id: Type.String({
      description:
        'In the addresses of its events: its name in `path`, but for a few with a mark before it. It stays while the calendar is renamed.',
    }),
    path: Type.String({ description: 'Its DAV path.' }),
    ...{ name: Type.String(), description: Type.String(), color: Type.Union([Type.String(), Type.Null()]) },
    ...{ order: Type.Integer(), is_visible: Type.Boolean() },
    access: Type.String({ enum: ['owner', 'read', 'read_write'] }),
    owner: Type.String({ description: 'The name at Nextcloud of the person whose it is.' }),
    shares: Type.Array(Share),
  },
  {
    examples: [
      {
        ...{ id: 'work', path: '/remote.php/dav/calendars/alice/work/', name: 'Work', description: '' },
        ...{ color: '#0082c9', order: 0, is_visible: true, access: 'owner', owner: 'alice' },
        shares: [{ user: 'bob', access: 'read' }],
      },
    ],
  },
)
export const CalendarPage = page(Calendar)

const settings = {
  description: Type.Optional(Type.String({ maxLength: 2000 })),
  color: Type.Optional(Type.String({ pattern: '^#[0-9A-Fa-f]{6}$', examples: ['#0082c9'] })),
  order: Type.Optional(Type.Integer({ minimum: -1_000_000, maximum: 1_000_000 })),
  is_visible: Type.Optional(Type.Boolean()),
}
const name = Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' })
export const NewCalendarBody = Type.Object({ name, ...settings }, { examples: [{ name: 'Work', color: '#0082c9' }] })
export const CalendarChangeBody = Type.Object(
  { name: Type.Optional(name), ...settings },
  { examples: [{ name: 'Office', is_visible: false }] },
)
export const ShareBody = Type.Object(
  {
    email: Type.String({ format: 'email', maxLength: 320 }),
    access: Type.Union([Type.Literal('read'), Type.Literal('read_write')]),
  },
  { examples: [{ email: 'bob@example.com', access: 'read' }] },
)
export const CalendarParams = Type.Object({ calendar_id: Type.String({ minLength: 1, maxLength: 500 }) })
export const ShareParams = Type.Object({
  calendar_id: Type.String({ minLength: 1, maxLength: 500 }),
  user: Type.String({ minLength: 1, maxLength: 64 }),
})
