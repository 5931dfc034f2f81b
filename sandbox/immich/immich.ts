import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import multipart from '@fastify/multipart'
import { type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { albumPart } from './album-part.ts'
import { assetPart } from './asset-part.ts'
import { createAuthentication } from './authentication.ts'
import { openBlobs } from './blobs.ts'
import type { Context } from './context.ts'
import { linkPart } from './link-part.ts'
import { mediaPart } from './media-part.ts'
import { peoplePart } from './people-part.ts'
import { openImmichRecords, type User } from './records.ts'
import { Refusal, refusalBody } from './refusal.ts'
import { searchPart } from './search-part.ts'
import { timelinePart } from './timeline-part.ts'
import { uploadPart } from './upload-part.ts'
import { userPart } from './user-part.ts'

export const versions = { 2: { major: 2, minor: 7, patch: 5 }, 3: { major: 3, minor: 2, patch: 1 } } as const

export type ImmichOptions = {
  /** 0 for any that is free. */
  port: number
  stateDir: string
  version: keyof typeof versions
  admin: { email: string; apiKey: string }
  now?: () => Date
  /** What somebody finds who is new here. */
  onNewUser?: (user: User) => Promise<void>
}

/** What a test may switch on. */
export type Faults = {
  /** Answers instead, and then returns true. */
  intercept: ((request: FastifyRequest, reply: FastifyReply) => boolean) | undefined
}

const parts = [
  ...[userPart, assetPart, mediaPart, uploadPart, timelinePart],
  ...[albumPart, linkPart, peoplePart, searchPart],
]

export type ImmichStandIn = Awaited<ReturnType<typeof startImmich>>

/** An Immich as far as ultid uses one, in the manner of version 2 or 3. */
export async function startImmich(options: ImmichOptions) {
  const { admin, now = () => new Date() } = options
  const faults: Faults = { intercept: undefined }
  const kept = await openImmichRecords(options.stateDir)
  const { value: records, changed } = kept
  const blobs = await openBlobs(options.stateDir)
  const authentication = createAuthentication(records, now)
  const version = versions[options.version]
  const { onNewUser = async () => undefined } = options
  const context: Context = { records, changed, blobs, authentication, version, now, onNewUser }
  if (kept.isNew) seedAdmin(context, admin)

  const http = fastify({
    bodyLimit: 8 * 1024 * 1024,
    routerOptions: { maxParamLength: 300 },
    forceCloseConnections: true,
  })
  const sockets = new Set<Socket>()
  http.server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await http.register(multipart, { limits: { fileSize: Number.POSITIVE_INFINITY } })
  http.addHook('onRequest', async (request, reply) => {
    if (faults.intercept?.(request, reply)) await reply.hijack()
  })
  http.setErrorHandler((error, _request, reply) => {
    const status = error instanceof Refusal ? error.status : ((error as { statusCode?: number }).statusCode ?? 500)
    // The client went away in the middle of its body.
    if (status === 500 && !isBroken(error)) console.error('The Immich stand-in failed:', error)
    return reply.code(status).send(refusalBody(version.major, status, (error as Error).message))
  })
  await http.register(
    async (api) => {
      for (const part of parts) part(api, context)
    },
    { prefix: '/api' },
  )
  await http.listen({ port: options.port, host: '127.0.0.1' })
  const address = http.server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : options.port}`,
    ...{ records, blobs, faults, authentication, context, isNew: kept.isNew },
    /** Connections that are open. */
    connections: () => sockets.size,
    async close() {
      await http.close()
      await kept.close()
    },
  }
}

function seedAdmin({ records, changed }: Context, { email, apiKey }: ImmichOptions['admin']): void {
  const id = randomUUID()
  records.users.push({ id, email, name: 'Administrator', password: randomUUID(), isAdmin: true, quotaBytes: null })
  const permissions = ['adminUser.create', 'adminUser.read', 'adminUser.update', 'adminUser.delete']
  records.keys.push({ id: randomUUID(), userId: id, secret: apiKey, permissions })
  changed()
}

const isBroken = (error: unknown): boolean =>
  ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'ABORT_ERR'].includes((error as NodeJS.ErrnoException).code ?? '')
