import { randomBytes } from 'node:crypto'
import { type Config, readConfig } from '#config/config.ts'
import { createDatabase } from '#platform/database/database.ts'
import { createKeyRing } from '#platform/secrets/key-ring.ts'
import { countByKey, reencrypt } from '#platform/secrets/sealed-columns.ts'
import { allSealedColumns } from '../app.ts'
import { type Command, configOf, settingsOf, type Terminal, UsageError } from './command.ts'

export const secrets: Command = {
  summary: 'show the age of secrets, make a key, move stored passwords to the active key',
  help: `ultid secrets status | generate-key | reencrypt

  status         each secret under the rotation policy, when it was last changed and when it is due; ends with 1 when
                 one is overdue or has no date
  generate-key   print a new pair for MAIL_CREDENTIAL_KEYS
  reencrypt      move all stored passwords to MAIL_ACTIVE_CREDENTIAL_KEY_ID while the service runs; may be interrupted
                 and run again

To change the credential key: add the new pair to MAIL_CREDENTIAL_KEYS, make it the active one, restart every node, run
"ultid secrets reencrypt", then remove the old pair.

Examples:
  ultid secrets status
  ultid secrets generate-key
  ultid secrets reencrypt`,

  async run(args, terminal) {
    const verb = args.length === 1 ? verbs[args[0] ?? ''] : undefined
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
  const now = Date.now()
  for (const secret of config.rotation.secrets) terminal.print(statusLine(secret, now))
  const isFine = config.rotation.secrets.every(({ dueAt }) => dueAt !== undefined && dueAt.getTime() > now)
  return isFine ? 0 : 1
}

function statusLine(
  { name, dateVariable, rotatedAt, dueAt }: Config['rotation']['secrets'][number],
  now: number,
): string {
  if (!rotatedAt || !dueAt) return `${name}: never written down; set ${dateVariable}`
  const days = Math.floor((dueAt.getTime() - now) / 86_400_000)
  const due = days < 0 ? `overdue for ${-days} days` : `due in ${days} days`
  return `${name}: changed ${rotatedAt.toISOString().slice(0, 10)}, ${due} (${dueAt.toISOString().slice(0, 10)})`
}

async function printNewKey(terminal: Terminal): Promise<number> {
  const id = `key-${new Date().toISOString().slice(0, 10)}`
  terminal.print(`${id}:${randomBytes(32).toString('base64')}`)
  return 0
}

async function moveToActiveKey(terminal: Terminal): Promise<number> {
  const { secrets: given } = configOf(terminal)
  const onError = (error: Error) => terminal.complain(`database: ${error.message}`)
  const { database, close } = createDatabase({ url: given.databaseUrl, poolSize: 2, onError })
  try {
    const { activeCredentialKeyId: activeKeyId, credentialKeys } = given
    const keyRing = createKeyRing(credentialKeys, activeKeyId)
    const counts = await countByKey(database, allSealedColumns)
    const total = [...counts].reduce((sum, [keyId, count]) => sum + (keyId === activeKeyId ? 0 : count), 0)
    await reencrypt({ database, keyRing, activeKeyId }, allSealedColumns, (done) =>
      terminal.print(`${done} of ${total}`),
    )
    terminal.print(
      total === 0 ? `everything uses the key "${activeKeyId}" already` : `all passwords use the key "${activeKeyId}"`,
    )
    return 0
  } finally {
    await close()
  }
}
