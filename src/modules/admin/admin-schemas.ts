import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { originOf } from '#platform/audit/audit.ts'
import type { Caller } from './changes.ts'

export const callerOf = (request: FastifyRequest): Caller => ({ actor: request.actor, origin: originOf(request) })

/** What every route that asks the directory may answer, and `more`. */
export const directoryErrors = (more: Readonly<Record<number, readonly string[]>> = {}) => ({
  ...more,
  502: ['upstream_unavailable', 'admin.directory_refused'],
  504: ['upstream_timeout'],
})

export const Nothing = Type.Null({ description: 'It is done.' })
