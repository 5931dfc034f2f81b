import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { skipWithoutShellcheck } from '../harness/servers.ts'
import { createTempDir } from '../harness/temp-dir.ts'
import { root } from './compose-files.ts'

/** Stands in for Docker: writes down how it was called, and answers as it does. */
const stubDocker = `#!/bin/sh
printf '%s\\n' "$*" >>"$STUB/calls"
for argument in "$@"; do printf '<%s>' "$argument"; done >>"$STUB/arguments"; printf '\\n' >>"$STUB/arguments"
case "$*" in
  version*) [ -z "$STUB_DOWN" ] || exit 1; printf '%s\\n' "\${STUB_ENGINE:-28.2.2}" ;;
  "compose version --short") printf '%s\\n' "\${STUB_COMPOSE:-2.40.0}" ;;
  "ps --filter"*) printf '%s\\n' "$STUB_PORTS" ;;
  *" ps --all "*)
    at=$(cat "$STUB/round" 2>/dev/null || echo 0); echo $((at + 1)) >"$STUB/round"
    if [ "$at" -lt "\${STUB_ROUNDS:-2}" ]; then printf 'nginx running healthy\\nultid running starting\\npostgres running healthy\\n'
    else printf 'nginx running healthy\\nultid running healthy\\npostgres running healthy\\n'; fi ;;
esac
`

for (const shell of ['sh', 'bash']) {
  suite(`compose-up.sh under ${shell}`, async () => {
    // A path with a space, since people have those.
    const files = await createTempDir('compose')
    const home = join(files.path, 'my suite')
    after(files.remove)
    mkdirSync(join(files.path, 'bin'))
    writeFileSync(join(files.path, 'bin/docker'), stubDocker)
    chmodSync(join(files.path, 'bin/docker'), 0o755)
    cpSync(join(root, 'deploy'), join(home, 'deploy'), { recursive: true })
    const example = readFileSync(join(root, '.env.example'), 'utf8')

    function run(args: string[], { env = example, ...stub }: { env?: string } & Record<string, string> = {}) {
      for (const name of ['calls', 'arguments', 'round']) rmSync(join(files.path, name), { force: true })
      for (const name of ['.env', '.env.resolved']) rmSync(join(home, name), { force: true })
      if (env) writeFileSync(join(home, '.env'), env)
      const { status, stdout, stderr } = spawnSync(shell, [join(home, 'deploy/compose-up.sh'), ...args], {
        encoding: 'utf8',
        // Away from the repository: it finds its own.
        cwd: '/',
        env: {
          PATH: `${join(files.path, 'bin')}:${process.env.PATH}`,
          STUB: files.path,
          ULTI_WAIT_STEP: '0',
          ULTI_MIN_DISK_GB: '0',
          // Whatever listens on this machine is no business of these tests.
          STUB_PORTS: '0.0.0.0:80->80/tcp, 127.0.0.1:9090->9090/tcp, 127.0.0.1:3002->3000/tcp, :443->443/tcp',
          ...stub,
        },
      })
      const read = (name: string) =>
        existsSync(join(files.path, name)) ? readFileSync(join(files.path, name), 'utf8') : ''
      return { status, stdout, stderr, calls: read('calls').split('\n').filter(Boolean), arguments: read('arguments') }
    }
    const withLines = (...lines: string[]) => `${example}\n${lines.join('\n')}\n`

    test('starts the core, waits with a line for each change, and prints where things are', () => {
      const { status, stdout, calls } = run(['up', '-d', '--build'])
      assert.equal(status, 0, stdout)
      const up = calls.find((call) => call.includes(' up '))
      assert.equal(
        up,
        'compose --project-name ulti --project-directory deploy --env-file .env.resolved -f deploy/docker-compose.yml up -d --build',
      )
      assert.match(stdout, /nginx +healthy\n/)
      assert.match(stdout, /ultid +starting\n[\s\S]*ultid +healthy\n/)
      assert.equal(stdout.match(/nginx +healthy/g)?.length, 1)
      assert.match(stdout, /Ulti is up\.[\s\S]*http:\/\/localhost\/api\/docs[\s\S]*http:\/\/localhost:3002/)
    })

    test('writes .env.resolved, expanded and readable by its owner alone', () => {
      run(['ps'])
      const path = join(home, '.env.resolved')
      assert.match(readFileSync(path, 'utf8'), /^ULTID_DB_URL=postgres:\/\/ulti:changeme@postgres:5432\/ulti$/m)
      assert.equal(statSync(path).mode & 0o777, 0o600)
    })

    test('joins the files of the modules that are switched on, in a fixed order', () => {
      const env = withLines(
        'NEXTCLOUD_ENABLED=true',
        'JITSI_ENABLED="true"',
        "IMMICH_ENABLED='true'",
        'ULTI_SCALE=true',
      )
      const { calls } = run(['config'], { env })
      const files = [...(calls.at(-1) ?? '').matchAll(/-f (\S+)/g)].map(([, file]) => file)
      assert.deepEqual(files, [
        'deploy/docker-compose.yml',
        'deploy/nextcloud/docker-compose.yml',
        'deploy/jitsi/docker-compose.yml',
        'deploy/immich/docker-compose.yml',
        'deploy/docker-compose.scale.yml',
      ])
      const immich = JSON.parse(readFileSync(join(home, '.immich.json'), 'utf8'))
      assert.equal(immich.oauth.clientSecret, 'changeme')
    })

    test('hands on every argument as it is, spaces and quotes included', () => {
      const { arguments: given } = run(['exec', 'ultid', 'sh', '-c', `echo "a  b" 'c'`])
      assert.match(given, /<exec><ultid><sh><-c><echo "a {2}b" 'c'>\n/)
    })

    test('keeps spaces and quotes in values', () => {
      run(['ps'], { env: withLines(`TITLE="it's here"`, `MOTTO='say "hi" $USER'`) })
      const text = readFileSync(join(home, '.env.resolved'), 'utf8')
      assert.match(text, /^TITLE="it's here"$/m)
      assert.match(text, /^MOTTO='say "hi" \$USER'$/m)
    })

    test('refuses every demo secret in production, by name and all at once', () => {
      const { status, stderr, calls } = run(['up', '-d'], {
        env: example.replace('ULTID_ENV=development', 'ULTID_ENV=production'),
      })
      assert.equal(status, 1)
      for (const name of [
        'POSTGRES_PASSWORD',
        'AUTHENTIK_SECRET_KEY',
        'GRAFANA_ADMIN_PASSWORD',
        'MAIL_CREDENTIAL_KEYS',
        'ULTID_DB_URL',
      ]) {
        assert.match(stderr, new RegExp(`^${name} still has its demo`, 'm'))
      }
      assert.ok(!calls.some((call) => call.includes(' up ')))
    })

    const refusals: [what: string, settings: Record<string, string>, expected: RegExp][] = [
      ['no .env', { env: '' }, /There is no \.env\. Make one: cp \.env\.example \.env/],
      ['a cycle', { env: 'A={{B}}\nB={{A}}\n' }, /A → B → A go round in a circle[\s\S]*Nothing was started/],
      ['an old Docker', { STUB_ENGINE: '20.10.24' }, /Docker 20\.10\.24 is too old; this needs 24/],
      ['an old Compose', { STUB_COMPOSE: '2.4.1' }, /Docker Compose 2\.4\.1 is too old; this needs 2\.24/],
      ['an engine that is down', { STUB_DOWN: '1' }, /Docker's engine does not answer/],
      ['a full disk', { ULTI_MIN_DISK_GB: '9999999' }, /Only \d+ GB are free here/],
      [
        'a password that breaks addresses',
        { env: withLines('POSTGRES_PASSWORD=a@b') },
        /POSTGRES_PASSWORD becomes part of an address/,
      ],
    ]
    for (const [what, settings, expected] of refusals) {
      test(`starts nothing with ${what}, and says what to do`, () => {
        const { status, stderr, calls } = run(['up', '-d'], settings)
        assert.equal(status, 1)
        assert.match(stderr, expected)
        assert.ok(!calls.some((call) => call.includes(' up ')))
      })
    }

    test('names a port that another program holds', async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(3002, '127.0.0.1', resolve).once('error', () => resolve()))
      const { status, stderr } = run(['up', '-d'], { STUB_PORTS: '0.0.0.0:80->80/tcp, 127.0.0.1:9090->9090/tcp' })
      server.close()
      assert.equal(status, 1)
      assert.match(stderr, /Port 3002 is in use by another program/)
    })

    test('names what did not become healthy in time, and where to look', () => {
      const { status, stderr } = run(['up', '-d'], { ULTI_WAIT_SECONDS: '0', STUB_ROUNDS: '9' })
      assert.equal(status, 1)
      assert.match(stderr, /These are not healthy after 0 s:\n +ultid +starting\n.*logs --tail 50 ultid/)
    })
  })
}

test('every shell script of the repository is clean', { skip: skipWithoutShellcheck }, () => {
  const scripts = [
    ...['deploy/compose-up.sh', 'deploy/postgres/create-databases.sh', 'deploy/nextcloud/hooks/configure.sh'],
    ...['deploy/backup.sh', 'deploy/restore.sh', 'scripts/test-servers.sh', 'test/janitor.sh', '.ci/run'],
  ]
  const { status, stdout } = spawnSync('shellcheck', ['--severity=warning', ...scripts], {
    cwd: root,
    encoding: 'utf8',
  })
  assert.equal(status, 0, stdout)
})
