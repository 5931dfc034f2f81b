import type { Config, Secrets } from '#config/config.ts'
import { createPhotosModule, type PhotosDeps } from '#modules/photos/index.ts'
import type { HttpServer } from '#platform/http/server.ts'
import type { HealthCheck } from '#platform/observability/health.ts'

type Deps = Omit<PhotosDeps, 'config' | 'adminKey'> & { config: Config; secrets: Secrets }

/** Photos, to be joined with the rest by app.ts. */
export function createPhotos(deps: Deps) {
  const { config, secrets } = deps
  if (!config.photos.isEnabled) return undefined
  const photos = createPhotosModule({
    ...deps,
    config: { ...config.photos, ...config.http },
    adminKey: secrets.immichAdminKey,
  })
  const check: HealthCheck = { name: 'immich', check: photos.check, isEssential: false }
  return {
    ...photos,
    checks: [check],
    registerRoutes: async (http: HttpServer): Promise<void> => {
      await http.register(photos.routes, { prefix: '/api/v1/photos' })
    },
  }
}
