import type { FastifyRequest } from 'fastify'
import { answerClientError } from './client-errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its body is a file: it may take as long as it goes on coming at some pace. */
    isUpload?: boolean
  }
}

export type BodyPatience = {
  /** How long a body may take in all. */
  totalMs: number
  /** For uploads instead: within each `paceMs` at least `paceBytes` must come. */
  paceMs: number
  paceBytes: number
}

export const bodyPatience: BodyPatience = { totalMs: 120_000, paceMs: 60_000, paceBytes: 64 * 1024 }

/**
 * Ends a request whose body does not arrive: those who send a byte a minute hold connections that others need. Node's
 * own limit knows one time for all requests, too short for a file over a slow line or too long for anything else.
 */
export function limitSlowBody(request: FastifyRequest, patience: BodyPatience): void {
  const { raw } = request
  const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers
  if ((length === undefined && encoding === undefined) || length === '0') return
  const { socket } = raw
  const isUpload = request.routeConfig.isUpload === true
  let seen = socket.bytesRead
  const look = () => {
    const isComing = isUpload && socket.bytesRead >= seen + patience.paceBytes
    seen = socket.bytesRead
    if (raw.complete) end()
    else if (!isComing) answerClientError(tooSlow(), socket)
  }
  const timer = setInterval(look, isUpload ? patience.paceMs : patience.totalMs)
  const end = () => clearInterval(timer)
  raw.once('end', end).once('close', end)
}

const tooSlow = () => Object.assign(new Error('The body did not arrive in time.'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
