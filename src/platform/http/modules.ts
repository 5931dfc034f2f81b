import { Type } from 'typebox'
import { AppError } from '#platform/errors.ts'
import type { HttpServer } from './server.ts'

/** A part of the suite that an installation may go without. */
export type Module = {
  name: string
  /** Where its routes are. */
  path: string
  isEnabled: boolean
  /** What its routes answer while it is switched off; 404 `module_disabled` unless its contract says otherwise. */
  refusal?: () => AppError
}

const listed = { name: 'mail', path: '/api/v1/mail', is_enabled: true }
const Listed = Type.Object(
  {
    name: Type.String(),
    path: Type.String({ description: 'What all of its addresses begin with.' }),
    is_enabled: Type.Boolean(),
  },
  { examples: [{ name: 'drive', path: '/api/v1/drive', is_enabled: true }] },
)

/** Says which modules are on, and answers for those that are off. */
export function serveModules(http: HttpServer, modules: readonly Module[]): void {
  http.get(
    '/api/v1/modules',
    {
      schema: {
        summary: 'The modules of this installation, and which are on',
        description:
          'A module that is off answers 404 `module_disabled` (meet: 409 `meet_disabled`) at all its addresses.',
        tags: ['operations'],
        response: {
          200: Type.Object({ items: Type.Array(Listed) }, { examples: [{ items: [listed] }] }),
        },
      },
      config: { permission: 'public' },
    },
    async () => ({ items: modules.map(({ name, path, isEnabled }) => ({ name, path, is_enabled: isEnabled })) }),
  )
  for (const module of modules) if (!module.isEnabled) refuseModule(http, module)
}

/** Answers at every address of a module that is switched off. */
export function refuseModule(http: HttpServer, module: Omit<Module, 'isEnabled'>): void {
  const { name, path, refusal = () => moduleDisabled(name) } = module
  for (const url of [path, `${path}/*`]) {
    http.all(url, { schema: { hide: true }, config: { permission: 'public' } }, () => Promise.reject(refusal()))
  }
}

export const moduleDisabled = (name: string) =>
  new AppError(
    'not_found',
    'module_disabled',
    `The module ${name} is switched off here; ask your administrator for it.`,
  )

/** The contract of the calendar names this one. */
export const meetDisabled = () =>
  new AppError('conflict', 'meet_disabled', 'Meetings are switched off here; ask your administrator for them.')
