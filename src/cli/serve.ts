import { readConfig } from '#config/config.ts'
import { inOrder } from '#platform/in-order.ts'
import { createLog, type Logger } from '#platform/observability/log.ts'
import { startTracing } from '#platform/observability/tracing.ts'
import { createApp } from '../app.ts'
import { type Command, parseOptions, settingsOf, UsageError } from './command.ts'
import { readVersion } from './version.ts'

export const serve: Command = {
  summary: 'run; every role unless some are named',
  help: `ultid serve [--roles api,sync,jobs]

Runs until SIGTERM or SIGINT; then requests are answered, leases and jobs handed back, and it ends.

  --roles   what this node does: api (HTTP and WebSocket), sync (mail accounts), jobs (background work)

Examples:
  ultid serve
  ultid serve --roles api
  ULTID_PORT=9000 ultid serve`,

  async run(args, terminal) {
    const { values: options } = parseOptions({ args, options: { roles: { type: 'string' } } })
    const settings = settingsOf(terminal)
    const roles = options.roles === undefined ? {} : { ULTID_ROLES: options.roles }
    const { config, secrets, warnings } = readConfig({ ...settings.values, ...roles })
    const log = createLog({ ...config.log, isColoured: terminal.isInteractive })
    for (const warning of warnings) log.warn(warning)
    const version = await readVersion()
    const tracing = await startTracing({ ...config.tracing, version, onError: oncePerMinute(log) })
    const app = await createApp({ config, secrets, log, version, tracing })
    const stop = () => inOrder([app.stop, tracing.stop])
    const stopped = new Promise<number>((resolve) => {
      terminal.onStopSignal((signal) => {
        log.info({ signal }, 'stopping')
        setTimeout(() => terminal.exit(1), config.stopTimeoutMs).unref()
        stop().then(
          () => resolve(0),
          (error) => {
            log.error({ err: error }, 'did not stop cleanly')
            resolve(1)
          },
        )
      })
    })
    const address = await app.start().catch(async (error) => {
      await stop().catch((fault) => log.error({ err: fault }, 'did not stop cleanly'))
      throw isPortTaken(error) ? new UsageError(portTaken(config.http)) : error
    })
    log.info({ address, roles: config.roles }, 'ultid is ready')
    return stopped
  },
}

/** A receiver of traces that is away fails every two seconds. */
function oncePerMinute(log: Logger): (error: unknown) => void {
  let toldAt = Number.NEGATIVE_INFINITY
  return (error) => {
    if (performance.now() - toldAt < 60_000) return
    toldAt = performance.now()
    log.warn({ err: error }, 'traces could not be sent; check OTEL_EXPORTER_OTLP_ENDPOINT')
  }
}

const isPortTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'

const portTaken = ({ host, port }: { host: string; port: number }): string =>
  `Something else listens on ${host}:${port}; stop it, or choose another port by ULTID_PORT.`
