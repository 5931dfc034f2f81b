import { randomUUID } from 'node:crypto'
import { xml, xmlDocument } from '../../../src/integrations/dav/xml.ts'
import { type Exchange, hrefOf } from '../dav-exchange.ts'

/** Nextcloud grants every lock and keeps none: some clients write to nothing that they could not lock. */
export function fakeLock(exchange: Exchange): string {
  const token = `opaquelocktoken:${randomUUID()}`
  exchange.response.setHeader('lock-token', `<${token}>`)
  return xmlDocument(
    'd:prop',
    {},
    xml(
      'd:lockdiscovery',
      {},
      xml(
        'd:activelock',
        {},
        xml('d:lockscope', {}, xml('d:exclusive')),
        xml('d:locktype', {}, xml('d:write')),
        xml('d:lockroot', {}, xml('d:href', {}, hrefOf(exchange, ['files', ...exchange.path]))),
        xml('d:depth', {}, 'infinity'),
        xml('d:timeout', {}, 'Second-1800'),
        xml('d:locktoken', {}, xml('d:href', {}, token)),
      ),
    ),
  )
}
