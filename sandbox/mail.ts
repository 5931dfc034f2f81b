import { join } from 'node:path'
import { startImap } from './imap.ts'
import type { Ports } from './ports.ts'
import { startSmtp } from './smtp.ts'
import { demoUsers, type UserName } from './users.ts'

/** An IMAP server per demo user and the SMTP server that delivers to all of them. `seeded` counts demo messages. */
export async function startMail({ ports, stateDir }: { ports: Ports; stateDir: string }) {
  const now = new Date()
  let seeded = 0
  const seed = (name: UserName) => async () => {
    // Loaded for the first run only.
    const { demoMailbox } = await import('./mailbox/index.ts')
    const messages = demoMailbox(name, now)
    seeded += messages.length
    return messages
  }
  const inboxes = await Promise.all(
    demoUsers.map(async ({ name, mailPassword }) => {
      const options = { port: ports.imap[name], user: name, password: mailPassword, stateDir: join(stateDir, name) }
      return { name, imap: await startImap({ ...options, seed: seed(name) }) }
    }),
  )
  const smtp = await startSmtp({
    port: ports.smtp,
    deliver: (user, raw) => void inboxes.find(({ name }) => name === user.name)?.imap.deliver(raw),
  })
  return {
    seeded,
    async close() {
      await smtp.close()
      await Promise.all(inboxes.map(({ imap }) => imap.close()))
    },
  }
}
