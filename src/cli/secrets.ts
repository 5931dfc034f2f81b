import { randomBytes } from 'node:crypto'
import { readConfig } from '#config/config.ts'
import { type RotatingSecret, rotationFaults } from '#config/rotation.ts'
import { createKeyRing } from '#platform/secrets/key-ring.ts'
import { countByKey, type Reencryption, reencrypt } from '#platform/secrets/sealed-columns.ts'
import { allSealedColumns } from '../app.ts'
import { type Command, configOf, settingsOf, type Terminal, UsageError } from './command.ts'
import { withDatabase } from './operator-database.ts'

export const secrets: Command = {
  summary: 'show the age of secrets, make a key, move what is stored to the active key',
  help: `ultid secrets status | generate-key | reencrypt

  status         each secret under the rotation policy, when it was last changed and when it is due; ends with 1 when
                 one is overdue or has no date
  generate-key   print a new pair for MAIL_CREDENTIAL_KEYS
  reencrypt      move all stored passwords and sessions to MAIL_ACTIVE_CREDENTIAL_KEY_ID while the service runs; may be
                 interrupted and run again; ends with 1 when something is left

To change the credential key: add the new pair to MAIL_CREDENTIAL_KEYS on every node and restart them; make it the active
one and restart them again; run "ultid secrets reencrypt"; then remove the old pair.

Examples:
  ultid secrets status
  ultid secrets generate-key
  ultid secrets reencrypt`,

  async run(args, terminal) {
    const [name = '', ...rest] = args
    const verb = rest.length === 0 && Object.hasOwn(verbs, name) ? verbs[name] : undefined
    if (!verb) throw new UsageError('Say what to do: ultid secrets status, generate-key or reencrypt')
    return verb(terminal)
  },
}

const verbs: Readonly<Record<string, (terminal: Terminal) => Promise<number>>> = {
  status: showStatus,
  'generate-key': printNewKey,
  reencrypt: moveToActiveKey,
}

async function showStatus(terminal: Terminal): Promise<number> {
  // Overdue secrets are what this command is for: they must not keep it from starting.
  const { config } = readConfig({ ...settingsOf(terminal).values, SECRET_ROTATION_ENFORCE: 'warn' })
  const now = new Date()
  for (const secret of config.rotation.secrets) terminal.print(statusLine(secret, now))
  const faults = rotationFaults(config.rotation, now)
  for (const fault of faults) terminal.complain(fault)
  return faults.length === 0 ? 0 : 1
}

function statusLine({ name, rotatedAt, dueAt }: RotatingSecret, now: Date): string {
  if (!rotatedAt || !dueAt) return `${name}: nobody wrote down when it was changed`
  const days = Math.floor((dueAt.getTime() - now.getTime()) / 86_400_000)
  const due = days < 0 ? `overdue for ${-days} days` : `due in ${days} days`
  return `${name}: changed ${rotatedAt.toISOString().slice(0, 10)}, ${due} (${dueAt.toISOString().slice(0, 10)})`
}

async function printNewKey(terminal: Terminal): Promise<number> {
  // Two keys of one day need two ids.
  const id = `key-${new Date().toISOString().slice(0, 10)}-${randomBytes(2).toString('hex')}`
  terminal.print(`${id}:${randomBytes(32).toString('base64')}`)
  return 0
}

async function moveToActiveKey(terminal: Terminal): Promise<number> {
  const { activeCredentialKeyId: activeKeyId, credentialKeys } = configOf(terminal).secrets
  const keyRing = createKeyRing(credentialKeys, activeKeyId)
  return withDatabase(terminal, async (database) => {
    const counts = await countByKey(database, allSealedColumns)
    const total = [...counts].reduce((sum, [keyId, count]) => sum + (keyId === activeKeyId ? 0 : count), 0)
    const result = await reencrypt({ database, keyRing, activeKeyId }, allSealedColumns, (moved) =>
      terminal.print(`${moved} of ${total}`),
    )
    return tell(result, activeKeyId, terminal)
  })
}

/** With a key missing it is all of them. */
const shownAtMost = 20

function tell({ moved, unopened, left }: Reencryption, activeKeyId: string, terminal: Terminal): number {
  for (const { table, column, id, reason } of unopened.slice(0, shownAtMost)) {
    terminal.complain(`${table}.${column} of ${id}: ${reason}`)
  }
  if (unopened.length > shownAtMost) terminal.complain(`… and ${unopened.length - shownAtMost} more`)
  if (unopened.length > 0) {
    terminal.complain(
      `${unopened.length} could not be opened and stay as they are; their owners have to enter them anew.`,
    )
  }
  if (left > 0) {
    terminal.complain(
      `${left} use another key again: some node still seals with it. Make "${activeKeyId}" the active key of every node, ` +
        'restart them, and run this again.',
    )
  }
  if (unopened.length > 0 || left > 0) return 1
  terminal.print(
    moved === 0 ? `everything uses the key "${activeKeyId}" already` : `all ${moved} use the key "${activeKeyId}" now`,
  )
  return 0
}
