import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Pool } from 'pg'
import { folderRoutes } from './folder-routes.ts'
import type { FolderStore } from './folder-store.ts'
import { createFolders } from './folders.ts'
import { createListScopes } from './list-scopes.ts'
import { messageListRoutes } from './message-list-routes.ts'
import { createMessageListStore } from './message-list-store.ts'
import { createMessageLists } from './message-lists.ts'
import { createThreadListStore } from './thread-list-store.ts'
import { threadRoutes } from './thread-routes.ts'
import { createThreads } from './threads.ts'

/** Folders and lists as their owner sees them. */
export function readingRoutes({ pool, folders }: { pool: Pool; folders: FolderStore }): FastifyPluginAsyncTypebox[] {
  const lists = createMessageListStore(pool)
  const scopes = createListScopes({ folders, lists })
  return [
    folderRoutes(createFolders({ store: folders })),
    messageListRoutes(createMessageLists({ store: lists, scopes })),
    threadRoutes(createThreads({ store: createThreadListStore(pool), folders, scopes })),
  ]
}
