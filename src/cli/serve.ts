import { readConfig } from '#config/config.ts'
import { createLog } from '#platform/observability/log.ts'
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
    const app = await createApp({ config, secrets, log, version: await readVersion() })
    const stopped = new Promise<number>((resolve) => {
      terminal.onStopSignal((signal) => {
        log.info({ signal }, 'stopping')
        setTimeout(() => terminal.exit(1), config.stopTimeoutMs).unref()
        app.stop().then(
          () => resolve(0),
          (error) => {
            log.error({ err: error }, 'did not stop cleanly')
            resolve(1)
          },
        )
      })
    })
    const address = await app.start().catch(async (error) => {
      await app.stop().catch((fault) => log.error({ err: fault }, 'did not stop cleanly'))
      throw isPortTaken(error) ? new UsageError(portTaken(config.http)) : error
    })
    log.info({ address, roles: config.roles }, 'ultid is ready')
    return stopped
  },
}

const isPortTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'

const portTaken = ({ host, port }: { host: string; port: number }): string =>
  `Something else listens on ${host}:${port}; stop it, or choose another port by ULTID_PORT.`
