import { relative, sep } from 'node:path'
import type { Ports } from './ports.ts'
import { projectDir } from './state.ts'
import type { Terminal } from './terminal.ts'
import { demoUsers } from './users.ts'

export type Welcome = {
  ports: Ports
  stateDir: string
  databaseUrl: string
  isWatching: boolean
  /** Ids for the commands to try. */
  alice: { accountId: string; inboxId: string | undefined }
}

/** What a person needs next: addresses, users and some commands to paste. */
export function printWelcome(terminal: Terminal, { ports, stateDir, databaseUrl, isWatching, alice }: Welcome) {
  const { line, style } = terminal
  const api = `http://localhost:${ports.ultid}`
  const row = (name: string, value: string, note = '') =>
    line(`  ${name.padEnd(12)}${value}${note && style('dim', `   ${note}`)}`)
  const title = (text: string) => line(`\n${style('bold', text)}`)

  title(`Ulti is ready, after ${terminal.elapsed()}`)
  row('API', style('cyan', `${api}/api/v1`))
  row('Reference', style('cyan', `${api}/api/docs`))
  row('Sign-in', style('cyan', `http://localhost:${ports.issuer}`), 'OIDC issuer, client ulti-backend, secret changeme')
  const imap = Object.entries(ports.imap).map(([name, port]) => `${name} ${port}`)
  row('IMAP', `127.0.0.1, ${imap.join(', ')}`, 'no TLS on loopback')
  row('SMTP', `127.0.0.1, ${ports.smtp}`)
  row('Nextcloud', `http://localhost:${ports.nextcloud}/cloud`, 'files, for people by their name as password')
  row('Directory', `http://localhost:${ports.authentik}/auth`, "people and groups, in the form of Authentik's API")
  row('Immich', `http://localhost:${ports.immich}/api`, 'photos, by its API alone')
  row('Jitsi', `http://localhost:${ports.jitsi}`, 'says whom a token lets in')
  row('PostgreSQL', databaseUrl)
  row('State', shorten(stateDir), 'npm run reset clears it')

  title('Users')
  line(style('dim', columns('', 'address', 'password at sign-in', 'at IMAP and SMTP')))
  for (const { name, email, mailPassword, groups } of demoUsers) {
    const note = groups.includes('ulti-admins') ? style('dim', 'administrator') : ''
    line(columns(name, email, `${name} or demo`, mailPassword) + note)
  }

  title('Try, in another terminal')
  for (const { says, command } of commands(api, tokenCommand(stateDir), alice))
    line(`  ${style('dim', `# ${says}`)}\n  ${command.join(' \\\n    ')}`)
  line(style('dim', `\n${isWatching ? 'ultid restarts when a file in src/ changes. ' : ''}Ctrl-C stops everything.`))
}

/** Relative within the project. */
const shorten = (path: string) => (path.startsWith(projectDir + sep) ? relative(projectDir, path) : path)

const columns = (name: string, address: string, password: string, mail: string) =>
  `  ${name.padEnd(12)}${address.padEnd(22)}${password.padEnd(22)}${mail.padEnd(18)}`

/** Works in the project's directory; another state directory has to be named there too. */
function tokenCommand(stateDir: string): string {
  const isDefault = shorten(stateDir) === '.ulti'
  return `${isDefault ? '' : `ULTI_SANDBOX_DIR=${stateDir} `}npm run -s token alice`
}

function commands(api: string, token: string, { accountId, inboxId = '<folder id>' }: Welcome['alice']) {
  const bearer = `-H "Authorization: Bearer $(${token})"`
  const mail = {
    mail_account_id: accountId,
    to: [{ email: 'bob@ulti.example' }],
    subject: 'Lunch?',
    text: 'At noon, by the river.',
  }
  const messages = `${api}/api/v1/mail/messages`
  return [
    { says: "alice's folders", command: [`curl -s ${api}/api/v1/mail/folders`, bearer] },
    { says: 'the newest of her inbox', command: [`curl -s '${messages}?folder_id=${inboxId}&limit=5'`, bearer] },
    {
      says: 'write to bob',
      command: [
        `curl -s ${messages} -H "Idempotency-Key: $(date +%s)" -H 'Content-Type: application/json'`,
        `-d '${JSON.stringify(mail)}'`,
        bearer,
      ],
    },
    { says: 'her files', command: [`curl -s '${api}/api/v1/drive/items?path=/'`, bearer] },
    { says: 'what happens to alice, as it happens', command: [`curl -sN ${api}/api/v1/events/stream`, bearer] },
    { says: 'the months of her photos', command: [`curl -s ${api}/api/v1/photos/timeline`, bearer] },
  ]
}
