import type { FastifyReply } from 'fastify'
import type { Download } from './attachments.ts'

/** Strangers wrote these bytes: no browser may take them for a page of this site. */
export const sendDownload = (reply: FastifyReply, { stream, contentType, disposition }: Download) =>
  reply
    .header('content-disposition', disposition)
    .header('content-security-policy', "sandbox; default-src 'none'")
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'private, max-age=3600')
    .type(contentType)
    .send(stream)
