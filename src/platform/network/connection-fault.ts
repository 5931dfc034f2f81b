/** Why a connection could not be made or kept, whatever was spoken over it. */
export type ConnectionFault = 'unreachable' | 'timeout' | 'certificate' | 'tls'

/** Sorts an error of Node's resolver, sockets or TLS; undefined for anything else. */
export function connectionFaultOf(error: unknown): ConnectionFault | undefined {
  const code = codeOf(error)
  return code === undefined ? undefined : connectionFaultOfCode(code)
}

/** The same for a code that a library has put aside. */
export function connectionFaultOfCode(code: string): ConnectionFault | undefined {
  if (timeoutCodes.has(code)) return 'timeout'
  if (unreachableCodes.has(code)) return 'unreachable'
  // X.509 verification (OpenSSL's X509_V_ERR_* as Node names them) comes before the rest of TLS.
  if (certificateCodes.test(code)) return 'certificate'
  if (/^(ERR_SSL|ERR_TLS)|^EPROTO$/.test(code)) return 'tls'
}

/** The `code` of an error or of what it wraps. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? code : codeOf(error.cause)
}

const certificateCodes =
  /^(ERR_TLS_CERT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/
const timeoutCodes = new Set(['ETIMEDOUT', 'ESOCKETTIMEDOUT', 'ETIMEOUT'])
const unreachableCodes = new Set([
  ...['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME', 'EBADNAME'],
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN'],
  ...['EADDRNOTAVAIL', 'EACCES'],
])
