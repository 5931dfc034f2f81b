import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { parse } from 'yaml'
import { startTestApp } from '../harness/app.ts'
import { skipWithoutPromtool } from '../harness/servers.ts'
import { deployPath } from './compose-files.ts'

const folder = join(deployPath, 'observability')
const read = (path: string) => readFileSync(join(folder, path), 'utf8')

/** Names that PromQL queries mention. */
const metricsIn = (query: string): string[] => query.match(/\bultid_[a-z0-9_]+/g) ?? []

suite('observability', async () => {
  const app = await startTestApp({ ULTID_ROLES: 'api,sync,jobs' })
  after(app.close)
  const text = await (await fetch(`${app.url}/metrics`)).text()
  const names = new Set(
    [...text.matchAll(/^# TYPE (\S+) (\S+)/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? [name, `${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    ),
  )
  // Only where the public address has a certificate.
  names.add('ultid_certificate_expires_seconds')
  const rules: Rule[] = parse(read('prometheus/alerts.yml')).groups.flatMap((group: { rules: Rule[] }) => group.rules)

  test('every query of the dashboard and of the alerts asks for metrics that /metrics has', () => {
    const dashboard: { panels: Panel[] } = JSON.parse(read('grafana/ultid-baseline.json'))
    const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    assert.ok(queries.length > 30)
    const unknown = [...queries, ...rules.map(({ expr }) => expr)].flatMap(metricsIn).filter((name) => !names.has(name))
    assert.deepEqual([...new Set(unknown)], [])
  })

  test('the dashboard has the rows that operators are promised, in the folder Ultid', () => {
    const { title, panels } = JSON.parse(read('grafana/ultid-baseline.json'))
    assert.equal(title, 'Ultid Baseline')
    const rows = panels.filter(({ type }: Panel) => type === 'row').map(({ title }: Panel) => title)
    assert.deepEqual(rows.slice(0, 4), ['HTTP', 'IMAP sync', 'Outbox', 'Webhooks'])
    const [provider] = parse(read('grafana/provisioning/dashboards/ultid.yml')).providers
    assert.equal(provider.folder, 'Ultid')
    const [source] = parse(read('grafana/provisioning/datasources/prometheus.yml')).datasources
    for (const { datasource } of panels) if (datasource) assert.equal(datasource.uid, source.uid)
  })

  test('every alert is labelled for routing and tells people what to do', () => {
    for (const { alert, labels, annotations } of rules) {
      assert.equal(labels.service, 'ultid', alert)
      assert.match(labels.severity, /^(critical|warning)$/, alert)
      assert.ok(annotations.summary && annotations.description, alert)
    }
  })

  test('Prometheus takes the configuration and the rules, and the rules do as their tests say', {
    skip: skipWithoutPromtool,
  }, () => {
    for (const args of [
      ['check', 'config', 'prometheus.yml'],
      ['check', 'rules', 'alerts.yml'],
      ['test', 'rules', 'alerts.test.yml'],
    ]) {
      const { status, stdout, stderr } = spawnSync('promtool', args, {
        cwd: join(folder, 'prometheus'),
        encoding: 'utf8',
      })
      assert.equal(status, 0, stdout + stderr)
    }
  })

  test('every alert is tested', () => {
    const tested: string[] = parse(read('prometheus/alerts.test.yml')).tests.flatMap(
      (one: { alert_rule_test: { alertname: string }[] }) => one.alert_rule_test.map(({ alertname }) => alertname),
    )
    assert.deepEqual(
      rules.map(({ alert }) => alert).filter((alert) => !tested.includes(alert)),
      [],
    )
  })

  test('blueprints and provisioning are YAML that parses', () => {
    const scalars = ['!Env', '!KeyOf', '!Find', '!Format'].map((tag) => ({ tag, resolve: (value: unknown) => value }))
    for (const path of ['authentik/blueprints', 'authentik/demo']) {
      for (const name of readdirSync(join(deployPath, path))) {
        const customTags = [...scalars, ...scalars.map((one) => ({ ...one, collection: 'seq' as const }))]
        const blueprint = parse(readFileSync(join(deployPath, path, name), 'utf8'), { customTags } as object)
        assert.equal(blueprint.version, 1)
        for (const entry of blueprint.entries) {
          assert.ok(entry.model && entry.identifiers, name)
          if (entry.model.endsWith('oauth2provider')) {
            assert.ok(
              entry.attrs.grant_types.length > 0 && entry.attrs.signing_key && entry.attrs.invalidation_flow,
              name,
            )
          }
        }
      }
    }
  })
})

type Rule = {
  alert: string
  expr: string
  labels: Record<string, string> & { severity: string }
  annotations: Record<string, string>
}
type Panel = { type: string; title: string; datasource?: { uid: string }; targets?: { expr: string }[] }
