import { join } from 'node:path'
import { loadIssuerKeys, signAccessToken } from './issuer-keys.ts'
import { findRunning, stateDirOf } from './state.ts'
import { demoUsers, findUser } from './users.ts'

const names = demoUsers.map(({ name }) => name)

/** Prints an access token of a demo user, valid for an hour, and nothing else. */
async function main([name = '']: string[]) {
  const user = findUser(name)
  if (!user)
    return fail(`${name ? `There is no user "${name}".` : 'Whose token?'} Usage: npm run -s token ${names.join('|')}`)
  const stateDir = stateDirOf(process.env)
  const keys = await loadIssuerKeys(join(stateDir, 'issuer'))
  if (!keys) return fail(`No sandbox ever ran on ${stateDir}: run \`npm start\` first, with the same ULTI_SANDBOX_DIR.`)
  if (!(await findRunning(stateDir))) process.stderr.write('The sandbox is not running; start it with `npm start`.\n')
  process.stdout.write(`${await signAccessToken(keys, user)}\n`)
}

function fail(message: string) {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}

await main(process.argv.slice(2))
