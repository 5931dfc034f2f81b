import { rm } from 'node:fs/promises'
import type { MailBench } from '../harness/mail-bench.ts'
import { mailCorpus } from '../harness/mail-corpus.ts'
import { printVerdicts } from '../harness/verdict.ts'
import { measureFirstSync } from './first-sync.ts'

/** Whether memory grows with the mailbox: the peak of ultid over the first sync of a large one and one ten times larger. */
export async function measureMemory(bench: MailBench, count: number): Promise<void> {
  const peaks: number[] = []
  for (const expected of [count, 10 * count]) {
    const user = await bench.mailbox(`memory${expected}`, await mailCorpus(expected, 'small'))
    const sync = await measureFirstSync(bench, { user, expected, delayMs: 0 })
    console.log(
      `${expected} messages: peak ${sync.peakMegabytes.toFixed(0)} MB, listed ${sync.listedSeconds.toFixed(1)} s, ` +
        `searchable ${sync.searchableSeconds.toFixed(1)} s`,
    )
    peaks.push(sync.peakMegabytes)
    await rm(bench.dovecot.maildirOf(user), { recursive: true, force: true })
  }
  const [one = 0, ten = 0] = peaks
  printVerdicts('Memory over the size of a mailbox', [
    { what: `peak with ${10 * count} small messages`, measured: ten, unit: 'MB', atMost: 300 },
    { what: `the same / with ${count}`, measured: ten / one, unit: '×', atMost: 1.1 },
  ])
}
