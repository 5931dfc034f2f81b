import type { FastifyInstance } from 'fastify'
import { AppError } from '#platform/errors.ts'
import type { LiveSettings } from '#platform/settings/live-settings.ts'

/** What can be switched off while ultid runs, by name: routes name it as their `feature`. All are on by default. */
export const features = {
  'mail.connecting': 'Mail accounts are connected.',
  'mail.importing': 'Mail is moved in from files.',
  'mail.exporting': 'Folders and accounts are exported as files.',
  webhooks: 'Webhooks are made.',
  personal_tokens: 'Personal tokens are made.',
  device_passwords: 'Passwords for phones and programs are made.',
} as const
export type Feature = keyof typeof features

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Without it the route answers `feature_off`. */
    feature?: Feature
    /** Changes nothing, whatever its method: goes on during maintenance. */
    isReading?: boolean
  }
}

export const featuresKey = 'features'

/** Names of what is switched off. */
export const featuresOff = (settings: Pick<LiveSettings, 'get'>): readonly string[] =>
  (settings.get(featuresKey) as { off: string[] } | undefined)?.off ?? []

/** Routes whose feature is switched off say so. */
export function refuseFeaturesOff(http: FastifyInstance, settings: Pick<LiveSettings, 'get'>): void {
  http.addHook('onRequest', (request, _reply, done) => {
    const { feature } = request.routeConfig
    if (feature === undefined || !featuresOff(settings).includes(feature)) return done()
    done(new AppError('not_found', 'feature_off', 'This is switched off here; ask your administrator for it.'))
  })
}
