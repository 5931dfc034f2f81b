import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { createAddressBooks } from '#integrations/dav/address-books.ts'
import { createDavClient } from '#integrations/dav/dav-client.ts'
import { createDavHttp } from '#integrations/dav/dav-http.ts'
import { property } from '#integrations/vcard/vcard.ts'
import { createSearchIndex } from '#modules/search/index.ts'
import { createEvents } from '#platform/events/events.ts'
import { noUpstreams } from '#platform/observability/upstreams.ts'
import { insertOwner } from '../../../../test/fixtures/mailbox-rows.ts'
import { openTestDatabase } from '../../../../test/harness/open-database.ts'
import { startRadicale } from '../../../../test/harness/radicale.ts'
import { skipWithoutRadicale } from '../../../../test/harness/servers.ts'
import { readCard } from '../card/read-card.ts'
import { writeCard } from '../card/write-card.ts'
import { contactStore } from '../contact/contact-store.ts'
import { createContactWrites } from '../contact/contact-writes.ts'
import { bookStore } from './book-store.ts'
import { createBookSync } from './book-sync.ts'

suite('contacts at Radicale', { skip: skipWithoutRadicale }, async () => {
  if (skipWithoutRadicale) return
  const [radicale, opened] = await Promise.all([startRadicale(), openTestDatabase()])
  const { database, transact } = opened
  const http = createDavHttp({ url: radicale.url, maxConnections: 4, upstreams: noUpstreams })
  after(() => Promise.all([radicale.close(), opened.close(), http.close()]))
  const authorize = async () => `Basic ${Buffer.from('alice:any').toString('base64')}`
  const dav = createDavClient({ http, root: '', authorize, prefix: { get: () => '', learn: () => undefined } })
  const events = createEvents(database, () => undefined)
  const ownerId = await insertOwner(database)
  const books = createAddressBooks(dav, '/alice')
  const connection = { ownerId, user: 'alice', books, country: undefined }
  const deps = { database, transact, events, searchIndex: createSearchIndex() }
  const sync = createBookSync(deps)
  const writes = createContactWrites(deps)
  const place = { book: 'friends', object: 'ann.vcf' }
  const vcard = {
    version: '4.0' as const,
    properties: [property('UID', 'ann'), property('FN', 'Ann'), property('X-ODD', 'kept')],
  }
  const kept = () => contactStore.find(database, ownerId, place)

  test('an address book is made, filled, changed under If-Match and read anew', async () => {
    await books.createBook('friends', { displayName: 'Friends', description: 'Of mine' })
    await sync.run(connection)
    const [book] = await bookStore.list(database, ownerId)
    assert.deepEqual([book?.name, book?.display_name, book?.is_read_only], ['friends', 'Friends', false])
    const made = await writes.create(connection, place, vcard)
    assert.equal((await kept())?.etag, made.etag)
    await assert.rejects(writes.create(connection, place, vcard), { code: 'contacts.already_exists' })
    const changed = await writes.change(connection, place, made.etag, (now) =>
      writeCard(now, { ...readCard(now), name: { full: 'Anna' }, emails: { e1: { address: 'ann@x.test' } } }),
    )
    await assert.rejects(
      writes.change(connection, place, made.etag, (now) => now),
      { code: 'etag_mismatch' },
    )
    assert.match(changed.vcard, /X-ODD:kept/)
    await sync.run(connection)
    assert.deepEqual([(await kept())?.card.name.full, (await kept())?.etag], ['Anna', changed.etag])
  })

  test('what another program does is read by sync-collection, and a token that is unknown reads everything anew', async () => {
    const other = '/alice/friends/ben.vcf'
    await dav.put(other, 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:ben\r\nFN:Ben\r\nN:;Ben;;;\r\nEND:VCARD\r\n', {
      contentType: 'text/vcard',
    })
    await sync.run(connection)
    const ben = { book: 'friends', object: 'ben.vcf' }
    assert.equal((await contactStore.find(database, ownerId, ben))?.full_name, 'Ben')
    await dav.delete(other)
    await database.updateTable('contact_book').set({ sync_token: 'http://radicale.org/ns/sync/unknown' }).execute()
    await sync.run(connection)
    assert.equal(await contactStore.find(database, ownerId, ben), undefined)
    assert.equal((await kept())?.full_name, 'Anna')
    await writes.remove(connection, place, undefined)
    assert.equal(await kept(), undefined)
    await books.removeBook('friends')
    await sync.run(connection)
    assert.deepEqual(await bookStore.list(database, ownerId), [])
  })
})
