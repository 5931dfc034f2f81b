import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import { createGateway, type WriteWatch } from './gateway.ts'
import { gatewayRoutes } from './gateway-routes.ts'

/** WebDAV, CalDAV and CardDAV for phones and programs. */
export function createDavModule(deps: { nextcloud: Nextcloud; watch: WriteWatch }) {
  return { routes: gatewayRoutes(createGateway(deps)) }
}
