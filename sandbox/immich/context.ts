import type { FastifyInstance } from 'fastify'
import type { Authentication } from './authentication.ts'
import type { Blobs } from './blobs.ts'
import type { ImmichRecords, User } from './records.ts'

/** What the parts of the stand-in share. */
export type Context = {
  records: ImmichRecords
  /** To be called whenever the records were changed. */
  changed: () => void
  blobs: Blobs
  authentication: Authentication
  version: { major: number; minor: number; patch: number }
  now: () => Date
  onNewUser: (user: User) => Promise<void>
}

/** Endpoints of one kind. */
export type Part = (http: FastifyInstance, context: Context) => void
