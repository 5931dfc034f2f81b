import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import type { SearchIndex } from '#modules/search/index.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { ObjectReferences } from '#platform/objects/orphan-collection.ts'
import type { Logger } from '#platform/observability/log.ts'
import { birthdayRoutes } from './birthdays/birthday-routes.ts'
import { createBirthdays } from './birthdays/birthdays.ts'
import { bookRoutes } from './books/book-routes.ts'
import { bookStore } from './books/book-store.ts'
import { createBookSync } from './books/book-sync.ts'
import { createBooks } from './books/books.ts'
import { createFreshness } from './books/freshness.ts'
import { changeRoutes } from './changes/change-routes.ts'
import { createChanges } from './changes/changes.ts'
import { createBatch } from './contact/batch.ts'
import { batchRoutes } from './contact/batch-routes.ts'
import { contactRoutes } from './contact/contact-routes.ts'
import { createContactWrites } from './contact/contact-writes.ts'
import { createContacts } from './contact/contacts.ts'
import { groupRoutes } from './contact/group-routes.ts'
import { duplicateRoutes } from './duplicates/duplicate-routes.ts'
import { createDuplicates } from './duplicates/duplicates.ts'
import { mergeStore } from './duplicates/merge-store.ts'
import { createMerges } from './duplicates/merges.ts'
import { createSharedBook } from './organisation/shared-book.ts'
import { sharedContactRoutes } from './organisation/shared-contact-routes.ts'
import { createSharedContacts } from './organisation/shared-contacts.ts'
import { createSharedSearchSource } from './organisation/shared-search.ts'
import { createAutocomplete, type DirectoryPolicy } from './people/autocomplete.ts'
import type { Correspondence } from './people/correspondence.ts'
import { type DirectorySource, directorySweep } from './people/directory.ts'
import { createGathering } from './people/gathering.ts'
import { interactionRoutes } from './people/interaction-routes.ts'
import { createInteractions, type InteractionSource } from './people/interactions.ts'
import { peopleRoutes } from './people/people-routes.ts'
import { createSuggestions } from './people/suggestions.ts'
import { photoRoutes } from './photos/photo-routes.ts'
import { createPhotos } from './photos/photos.ts'
import { createExports } from './transfer/exports.ts'
import { createImports, importPrefix } from './transfer/imports.ts'
import { transferRoutes } from './transfer/transfer-routes.ts'
import { contactsWebhooks } from './webhooks.ts'

export { createBirthdayLookup } from './birthdays/birthday-lookup.ts'
export { createContactLookup } from './people/contact-lookup.ts'
export type { DirectorySource } from './people/directory.ts'
export type { InteractionSource } from './people/interactions.ts'

export type ContactsDeps = {
  database: Database
  transact: Transact
  events: Events
  log: Logger
  objects: Objects
  searchIndex: SearchIndex
  nextcloud: Nextcloud
  /** Whom people write to; without it nobody is suggested. */
  correspondence: Correspondence | undefined
  interactions: InteractionSource
  /** People beside those who signed in here. */
  directorySources?: readonly DirectorySource[]
  config: {
    /** How old what is kept of Nextcloud may be. */
    cacheSeconds: number
    directory: DirectoryPolicy
  }
}

/** Contacts, in address books at Nextcloud. */
export function createContactsModule(deps: ContactsDeps) {
  const { database, directorySources = [] } = deps
  const { directory } = deps.config
  const freshness = createFreshness({ ...deps, ...deps.config, sync: createBookSync(deps) })
  const gathering = createGathering(deps)
  const writes = createContactWrites(deps)
  const shared = createSharedBook(deps)
  const contacts = createContacts({ ...deps, freshness, writes, shared })
  const plugins = [
    bookRoutes(createBooks({ ...deps, freshness, shared })),
    contactRoutes(contacts),
    groupRoutes(contacts),
    batchRoutes(createBatch(contacts)),
    changeRoutes(createChanges({ database, freshness })),
    peopleRoutes(
      createAutocomplete({ database, freshness, gathering, directory, shared }),
      createSuggestions({ database, contacts, gathering }),
    ),
    photoRoutes(createPhotos({ contacts, writes })),
    duplicateRoutes(createDuplicates({ database, contacts }), createMerges({ database, contacts, writes })),
    transferRoutes(createImports({ ...deps, contacts, writes }), createExports({ database, contacts })),
    birthdayRoutes(createBirthdays({ database, contacts })),
    interactionRoutes(createInteractions({ contacts, source: deps.interactions })),
  ]
  const routes: FastifyPluginAsyncTypebox = async (http) => {
    for (const plugin of plugins) await http.register(plugin)
  }
  const sweeps: Sweep[] = [
    {
      name: 'contacts-retention',
      everySeconds: 3600,
      async run() {
        await bookStore.forgetDeletions(database)
        await mergeStore.removeOld(database)
      },
    },
    { name: 'contacts-refresh', everySeconds: 60, run: freshness.refreshStale },
    ...(directory === 'off' ? [] : [directorySweep({ database, sources: directorySources })]),
  ]
  return {
    routes,
    /** For administrators, below their addresses. */
    adminRoutes: sharedContactRoutes(createSharedContacts(deps)),
    searchSource: createSharedSearchSource({ database, userOf: freshness.userOf }),
    sweeps,
    jobs: [gathering.handler],
    webhooks: contactsWebhooks,
    objectReferences: [importFiles],
    close: freshness.settle,
  }
}

/** Files wait for one request alone: one that is a day old is the rest of a request that died. */
const importFiles: ObjectReferences = { prefix: importPrefix, isReferenced: async () => new Set() }
