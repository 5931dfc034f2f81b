import type { FastifyInstance } from 'fastify'
import { AppError } from '#platform/errors.ts'
import type { LiveSettings } from '#platform/settings/live-settings.ts'

/** Undefined `message`: what is always said. */
export type Maintenance = { isOn: boolean; message: string | null }

export const maintenanceKey = 'maintenance'

const reading = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'REPORT', 'SEARCH'])
/** Signing in and out, and administration, which ends the maintenance. */
const open = ['/api/v1/auth/', '/api/v1/admin/', '/api/v1/realtime/']

/** Whether a route goes on during maintenance. */
export const isKeptUp = ({
  method,
  url,
  isReading,
}: {
  method: string
  url: string
  isReading?: boolean | undefined
}) => reading.has(method) || isReading === true || open.some((prefix) => url.startsWith(prefix))

export const maintenanceOf = (settings: Pick<LiveSettings, 'get'>): Maintenance =>
  (settings.get(maintenanceKey) as Maintenance | undefined) ?? { isOn: false, message: null }

/** While maintenance is on, everything can be read and nothing written: AppError `maintenance`. */
export function refuseWritesInMaintenance(http: FastifyInstance, settings: Pick<LiveSettings, 'get'>): void {
  http.addHook('onRequest', (request, _reply, done) => {
    const { isOn, message } = maintenanceOf(settings)
    const { method, url, routeConfig } = request
    if (!isOn || isKeptUp({ method, url, isReading: routeConfig.isReading })) return done()
    done(inMaintenance(message))
  })
}

const inMaintenance = (message: string | null) =>
  new AppError(
    'unavailable',
    'maintenance',
    message ?? 'Ulti is being worked on: nothing can be changed for a while.',
    {
      retryAfterSeconds: 60,
    },
  )
