import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { suite, test } from 'node:test'
import { createRandom } from '../../../../bench/harness/random.ts'
import { skipWithoutDateutil } from '../../../../test/harness/servers.ts'
import { parseBasic } from './ical-time.ts'
import { expand, lastEnd, type Recurrence } from './recurrence.ts'
import { formatRule, parseRule } from './rule.ts'
import { ianaZone } from './zones.ts'

type Case = { start: string; zone: string; rule: string; from: string; limit: number }

const zones = ['Europe/Paris', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'America/Sao_Paulo', 'UTC']

/** Rules as programs write them and as nobody would, around changes of the clocks. */
function randomCases(count: number): Case[] {
  const random = createRandom(20_260_523)
  const int = (from: number, to: number) => from + Math.floor(random() * (to - from + 1))
  const pick = <T>(list: readonly T[]): T => list[int(0, list.length - 1)] as T
  const some = (max: number, make: () => string | number) => Array.from({ length: int(1, max) }, make).join(',')
  const two = (value: number) => String(value).padStart(2, '0')
  // Not 52 and 53: dateutil miscounts the weeks of the year before.
  const weeks = [1, 2, 20, 51, -1]
  const days = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']
  const nth = () => `${pick([1, 2, 3, 4, -1, -2])}${pick(days)}`
  const signed = (max: number) => () => (random() < 0.3 ? -int(1, 5) : int(1, max))
  const time = (year: number) =>
    `${year}${two(int(1, 12))}${two(int(1, 28))}T${two(pick([0, 1, 2, 2, 3, 9, 17, 23]))}${pick(['00', '30', '45'])}00`
  const byFrequency: Record<string, () => string[]> = {
    YEARLY: () => [
      ...pick([
        () => [],
        () => [`BYMONTH=${some(3, () => int(1, 12))}`],
        () => [`BYMONTH=${int(1, 12)}`, `BYDAY=${nth()}`],
        () => [`BYDAY=${some(2, () => `${pick([1, 10, 20, -1, -10])}${pick(days)}`)}`],
        () => [`BYWEEKNO=${some(2, () => pick(weeks))}`, `BYDAY=${some(2, () => pick(days))}`],
        () => [`BYYEARDAY=${some(3, signed(366))}`],
        () => [`BYMONTHDAY=${some(2, signed(31))}`, `BYMONTH=${some(2, () => int(1, 12))}`],
      ])(),
    ],
    MONTHLY: () => [
      ...pick([
        () => [],
        () => [`BYMONTHDAY=${some(3, signed(31))}`],
        () => [`BYDAY=${some(2, nth)}`],
        () => ['BYDAY=MO,TU,WE,TH,FR', `BYSETPOS=${pick([1, -1, '1,-1', 3])}`],
        () => [`BYDAY=${pick(days)}`, 'BYMONTHDAY=13'],
      ])(),
    ],
    WEEKLY: () => (random() < 0.7 ? [`BYDAY=${some(4, () => pick(days))}`, `WKST=${pick(days)}`] : []),
    DAILY: () => (random() < 0.4 ? [`BYMONTH=${some(3, () => int(1, 12))}`] : []),
    HOURLY: () => (random() < 0.5 ? [`BYDAY=${some(2, () => pick(days))}`] : []),
  }
  return Array.from({ length: count }, () => {
    const frequency = pick(['YEARLY', 'MONTHLY', 'MONTHLY', 'WEEKLY', 'WEEKLY', 'DAILY', 'DAILY', 'HOURLY'])
    const parts = [`FREQ=${frequency}`, ...(byFrequency[frequency]?.() ?? [])]
    if (random() < 0.5) parts.push(`INTERVAL=${int(1, 5)}`)
    if (frequency !== 'HOURLY' && random() < 0.15) parts.push(`BYHOUR=${some(2, () => int(0, 23))}`)
    if (random() < 0.3) parts.push(`COUNT=${int(20, 400)}`)
    else if (random() < 0.4) parts.push(`UNTIL=${time(int(2028, 2031))}Z`)
    const year = int(2023, 2027)
    const start = time(frequency === 'HOURLY' ? year : year - int(0, 3))
    const from = `${year}${two(int(1, 12))}${two(int(1, 28))}T120000`
    return { start, zone: pick(zones), rule: parts.join(';'), from, limit: 20 }
  })
}

function expandByDateutil(cases: readonly Case[]): Promise<{ first: string | null; instants: number[] }[]> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      '/usr/bin/python3',
      ['test/fixtures/expand-rules.py'],
      { maxBuffer: 64 * 1024 * 1024 },
      (error, stdout) =>
        error
          ? reject(new Error(error.message.slice(-2000)))
          : resolve(
              stdout
                .trim()
                .split('\n')
                .map((line) => JSON.parse(line)),
            ),
    )
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(cases.map((one) => `${JSON.stringify(one)}\n`).join(''))
  })
}

const recurrence = (start: string, zone: string | null, rule: string): Recurrence => ({
  ...{ start, zone, zoneDefinition: null, length: { ms: 0, isNominal: false } },
  ...{ rules: [rule], added: [], excluded: [] },
})

const far = Date.UTC(2200, 0, 1)

suite('recurrence', () => {
  test('2,000 rules over changes of the clocks are what dateutil makes of them', {
    skip: skipWithoutDateutil,
  }, async () => {
    const cases = randomCases(2000)
    const expected = await expandByDateutil(cases)
    for (const [index, { zone, rule, from, limit }] of cases.entries()) {
      const { first, instants: all } = expected[index] ?? { first: null, instants: [] }
      const instants = all.filter((one) => one < far)
      if (first === null) continue
      const series = recurrence(first, zone, rule)
      const begin = ianaZone(zone)?.instantOf(parseBasic(from)?.wall ?? 0) ?? 0
      const found = expand(series, { from: begin, to: far }).take(limit)
      assert.deepEqual(
        [...found].map(({ startsAt }) => startsAt),
        instants,
        `${index}: ${first} ${zone} ${rule} from ${from}`,
      )
      const end = lastEnd(series)
      assert.ok(end === null || instants.every((one) => one <= end), rule)
    }
    assert.ok(expected.filter(({ instants }) => instants.length > 0).length > 1500)
  })

  test('a rule is written as it was read', () => {
    for (const { rule } of randomCases(300)) {
      const parsed = parseRule(rule)
      assert.ok(parsed, rule)
      assert.deepEqual(parseRule(formatRule(parsed)), parsed)
    }
    for (const wrong of [
      '',
      'FREQ=NEVER',
      'FREQ=DAILY;COUNT=0',
      'FREQ=DAILY;BYDAY=XX',
      'FREQ=DAILY;COUNT=1;UNTIL=20260101',
      'BYDAY=MO',
      'FREQ=DAILY;BYMONTH=13',
    ]) {
      assert.equal(parseRule(wrong), undefined, wrong)
    }
  })

  test('a time on the wall stays there over a change of the clocks; one in a gap is an hour later', () => {
    const series = recurrence('20260328T023000', 'Europe/Paris', 'FREQ=DAILY;COUNT=3')
    const found = [...expand(series, { from: 0, to: far })]
    assert.deepEqual(
      found.map(({ startsAt }) => new Date(startsAt).toISOString().slice(0, 16)),
      ['2026-03-28T01:30', '2026-03-29T01:30', '2026-03-30T00:30'],
    )
  })

  test('occurrences are left out and added, and a day that does not fit the rule is one when the series begins there', () => {
    const series = {
      ...recurrence('20260523', null, 'FREQ=WEEKLY;BYDAY=MO;COUNT=4'),
      added: ['20260527'],
      excluded: ['20260601'],
    }
    const keys = [...expand(series, { from: 0, to: far })].map(({ key }) => key)
    assert.deepEqual(keys, ['20260523', '20260525', '20260527', '20260608'])
  })

  test('a rule that fits no day ends, and one of each second costs nothing before the time that is asked for', () => {
    assert.equal(
      [...expand(recurrence('20260523', null, 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'), { from: 0, to: far })].length,
      1,
    )
    const from = Date.UTC(2199, 0, 1)
    const next = expand(recurrence('20260523T090000Z', 'UTC', 'FREQ=SECONDLY'), { from, to: far }).next()
    assert.equal(next.value?.startsAt, from)
  })
})
