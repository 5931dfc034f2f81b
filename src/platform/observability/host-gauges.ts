import { statfs } from 'node:fs/promises'
import { connect } from 'node:tls'
import type { Logger } from './log.ts'
import { registerLookedUp } from './looked-up-gauges.ts'
import type { Metrics } from './metrics.ts'

const hour = 3_600_000

/**
 * What runs out around ultid: the disk on which it lies (in a container that of the host, where volumes lie as well),
 * and the certificate that clients see at `publicUrl`, when it has one.
 */
export function registerHostGauges(
  deps: { metrics: Metrics; log: Logger },
  { directory, publicUrl }: { directory: string; publicUrl: string },
): void {
  const registration = { ...deps.metrics, log: deps.log }
  registerLookedUp(registration, {
    name: 'disk',
    look: () => statfs(directory),
    gauges: [
      {
        name: 'ultid_disk_free_bytes',
        help: 'Bytes that are free on the disk on which this node lies.',
        samplesOf: ({ bavail, bsize }) => [{ value: bavail * bsize }],
      },
      {
        name: 'ultid_disk_size_bytes',
        help: 'Size of the disk on which this node lies.',
        samplesOf: ({ blocks, bsize }) => [{ value: blocks * bsize }],
      },
    ],
  })
  const { protocol, hostname, port } = new URL(publicUrl)
  if (protocol !== 'https:') return
  registerLookedUp(
    registration,
    {
      name: 'certificate',
      look: () => certificateEnd(hostname, Number(port || 443)),
      gauges: [
        {
          name: 'ultid_certificate_expires_seconds',
          help: 'Seconds until the certificate of the public address expires; negative once it has.',
          samplesOf: (end) => [{ value: (end.getTime() - Date.now()) / 1000 }],
        },
      ],
    },
    { keepMs: hour },
  )
}

/** When the certificate that is shown there ends. Nothing is sent, so it need not be one that we would trust. */
function certificateEnd(host: string, port: number): Promise<Date> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, servername: host, rejectUnauthorized: false, timeout: 2500 }, () => {
      const { valid_to } = socket.getPeerCertificate()
      socket.destroy()
      if (valid_to) resolve(new Date(valid_to))
      else reject(new Error('no certificate was shown'))
    })
    socket.once('error', reject)
    socket.once('timeout', () => socket.destroy(new Error('no answer')))
  })
}
