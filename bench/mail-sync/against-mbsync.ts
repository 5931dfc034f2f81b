import type { MailUser } from '../../test/harness/dovecot-users.ts'
import { startFaultProxy } from '../../test/harness/fault-proxy.ts'
import type { MailBench } from '../harness/mail-bench.ts'
import { timeRawFetch } from '../harness/mail-bench.ts'
import type { Corpus } from '../harness/mail-corpus.ts'
import { requireMbsync, timeMbsync } from '../harness/mbsync.ts'
import { median } from '../harness/median.ts'
import { printVerdicts, type Verdict } from '../harness/verdict.ts'
import { type FirstSync, measureFirstSync } from './first-sync.ts'

/** Seconds of each contestant in one round, and what else ultid showed. */
type Round = { raw: number; durable: number; fast: number; ultid: FirstSync; farDurable: number; farUltid: FirstSync }

const delayMs = 40

/**
 * The first sync of a mailbox against mbsync, which copies whole messages into a maildir: in turns, so that what else
 * the machine does strikes all of them; once near, once behind a network with round trips of 40 ms.
 */
export async function compareWithMbsync(bench: MailBench, corpus: Corpus, runs: number): Promise<void> {
  requireMbsync()
  const user = await bench.mailbox('bench', corpus)
  const rounds: Round[] = []
  for (let run = 1; run <= runs; run++) {
    const round = await playRound(bench, corpus, user)
    console.log(`run ${run}: ${lineOf(round)}`)
    rounds.push(round)
  }
  printVerdicts(`Medians of ${runs} runs`, verdictsOf(rounds, corpus))
}

async function playRound(bench: MailBench, { names }: Corpus, user: MailUser): Promise<Round> {
  const expected = names.length
  const mbsync = (isDurable: boolean, at: { host: string; port: number } = bench.dovecot) =>
    timeMbsync({ host: at.host, port: at.port, user, isDurable }, expected)
  const raw = (await timeRawFetch(bench.dovecot, user, 'UID FLAGS ENVELOPE BODYSTRUCTURE')) / 1000
  const durable = await mbsync(true)
  const fast = await mbsync(false)
  const ultid = await measureFirstSync(bench, { user, expected, delayMs: 0 })
  const proxy = await startFaultProxy({ target: bench.dovecot, protocol: 'bytes' })
  proxy.rules.add({ fault: 'delay', ms: delayMs / 2 })
  const farDurable = await mbsync(true, proxy).finally(() => proxy.close())
  const farUltid = await measureFirstSync(bench, { user, expected, delayMs })
  return { raw, durable, fast, ultid, farDurable, farUltid }
}

function verdictsOf(rounds: readonly Round[], corpus: Corpus): Verdict[] {
  const of = (value: (round: Round) => number) => median(rounds.map(value))
  return [
    row(
      'first 50 rows readable',
      of(({ ultid }) => 1000 * ultid.firstRowsSeconds),
      500,
      'ms',
    ),
    row(
      'all listed / mbsync',
      of(({ ultid, durable }) => ultid.listedSeconds / durable),
      0.3,
    ),
    row(
      'all listed / mbsync without fsync',
      of(({ ultid, fast }) => ultid.listedSeconds / fast),
      1.2,
    ),
    row(
      'all searchable / mbsync',
      of(({ ultid, durable }) => ultid.searchableSeconds / durable),
      1,
    ),
    row(
      'bytes until searchable',
      of(({ ultid }) => (100 * ultid.fetchedBytes) / corpus.bytes),
      10,
      '%',
    ),
    row(
      'peak memory of ultid',
      of(({ ultid }) => ultid.peakMegabytes),
      300,
      'MB',
    ),
    row(
      `all listed / mbsync, ${delayMs} ms away`,
      of(({ farUltid, farDurable }) => farUltid.listedSeconds / farDurable),
      0.3,
    ),
  ]
}

const row = (what: string, measured: number, atMost: number, unit = '×'): Verdict => ({ what, measured, unit, atMost })

function lineOf({ raw, durable, fast, ultid, farDurable, farUltid }: Round): string {
  const seconds = (value: number) => `${value.toFixed(2)} s`
  const phases = ({ firstRowsSeconds, listedSeconds, searchableSeconds, completeSeconds }: FirstSync) =>
    `first rows ${Math.round(1000 * firstRowsSeconds)} ms, listed ${seconds(listedSeconds)}, ` +
    `searchable ${seconds(searchableSeconds)}, complete ${seconds(completeSeconds)}`
  return [
    `raw listing ${seconds(raw)} | mbsync ${seconds(durable)}, without fsync ${seconds(fast)}`,
    `  ultid: ${phases(ultid)}, ${(ultid.fetchedBytes / 1e6).toFixed(0)} MB fetched, peak ${ultid.peakMegabytes.toFixed(0)} MB`,
    `  ${delayMs} ms away: mbsync ${seconds(farDurable)}; ultid: ${phases(farUltid)}`,
  ].join('\n')
}
