import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import { createGateway } from './gateway.ts'
import { gatewayRoutes } from './gateway-routes.ts'

/** WebDAV, CalDAV and CardDAV for phones and programs. */
export function createDavModule({ nextcloud }: { nextcloud: Nextcloud }) {
  return { routes: gatewayRoutes(createGateway({ nextcloud })) }
}
