import type { Socket } from 'node:net'
import { newTraceId } from '#platform/ids.ts'

/** Answers in the house form what Node could not read as a request, and closes: what would follow is unknown. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const { status, code, message } = faults[error.code ?? ''] ?? notHttp
  const traceId = newTraceId()
  const body = JSON.stringify({ code, message, trace_id: traceId })
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `x-request-id: ${traceId}\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n${body}`,
  )
}

const notHttp = {
  status: '400 Bad Request',
  code: 'invalid_request_body',
  message: 'This is no valid HTTP request.',
}

const faults: Readonly<Record<string, typeof notHttp>> = {
  HPE_HEADER_OVERFLOW: {
    ...notHttp,
    message: 'The address or the headers of the request are longer than 16 KiB; send less.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    code: 'request_timeout',
    message: 'The request did not arrive in time; send it again.',
  },
}
