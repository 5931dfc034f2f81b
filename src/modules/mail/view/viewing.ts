import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Database, Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import type { GuardedFetch } from '#platform/network/guarded-fetch.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { ObjectReferences } from '#platform/objects/orphan-collection.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import type { MailSending } from '../outbox/sending.ts'
import type { MessageStore } from '../reading/message-store.ts'
import type { MessageSource } from '../source/message-source.ts'
import { createAttachmentArchives } from './attachment-archives.ts'
import { createAttachments } from './attachments.ts'
import { createCleanBodies } from './clean-bodies.ts'
import { downloadRoutes } from './download-routes.ts'
import { createEnclosedMessages } from './enclosed-messages.ts'
import { imageRoutes } from './image-routes.ts'
import { createImageTokens } from './image-tokens.ts'
import { createMessageContents, type MessageContents } from './message-contents.ts'
import { createMessagePresentation } from './message-presentation.ts'
import { messageViewRoutes } from './message-view-routes.ts'
import { createMessageViews } from './message-views.ts'
import { createRemoteImages, remoteImageObjects, remoteImageSweep } from './remote-images.ts'
import { unsubscriptionRoutes } from './unsubscription-routes.ts'
import { createUnsubscriptions } from './unsubscriptions.ts'
import { createViewStore } from './view-store.ts'

export type ViewingDeps = {
  database: Database
  transact: Transact
  objects: Objects
  keyRing: KeyRing
  log: Logger
  http: GuardedFetch
  messages: MessageStore
  source: MessageSource
  events: Events
  sending: MailSending
  trustedAuthservIds: readonly string[]
}

/** One message as its owner sees it, and everything that it carries. */
export function createViewing(deps: ViewingDeps): {
  plugins: FastifyPluginAsyncTypebox[]
  sweeps: Sweep[]
  objectReferences: ObjectReferences[]
  contents: MessageContents
} {
  const { database, messages, source } = deps
  const views = createViewStore(database)
  const contents = createMessageContents(deps)
  const tokens = createImageTokens(deps)
  const present = createMessagePresentation({ images: tokens, trustedAuthservIds: deps.trustedAuthservIds })
  const attachments = createAttachments({ messages, views, source })
  const found = { messages, views, contents }
  const plugins = [
    messageViewRoutes(createMessageViews({ ...found, bodies: createCleanBodies({ store: views }), present })),
    downloadRoutes({
      attachments,
      archives: createAttachmentArchives({ ...found, attachments }),
      enclosed: createEnclosedMessages({ messages, source, present }),
    }),
    imageRoutes({ tokens, attachments, remoteImages: createRemoteImages(deps) }),
    unsubscriptionRoutes(createUnsubscriptions({ ...found, ...deps })),
  ]
  const objectReferences = [remoteImageObjects(database)]
  return { plugins, sweeps: [remoteImageSweep(deps)], objectReferences, contents }
}
