import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { startMailBench } from './harness/mail-bench.ts'
import { mailCorpus } from './harness/mail-corpus.ts'
import { compareWithMbsync } from './mail-sync/against-mbsync.ts'
import { measureApiLatency } from './mail-sync/api-latency.ts'
import { measureLive } from './mail-sync/live.ts'
import { measureMemory } from './mail-sync/memory.ts'
import { measureQuietPass } from './mail-sync/quiet-pass.ts'

/**
 * All of it: `node bench/mail-sync.ts [--runs 3] [--messages 20000] [--size mixed|small]`. Or, each alone or together:
 * `--mbsync` how fast a mailbox is there, `--pass` what a look without news costs, `--live` how soon new mail is told,
 * `--api` how fast the API stays, `--memory` whether memory grows with the mailbox.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    messages: { type: 'string', default: '20000' },
    size: { type: 'string', default: 'mixed' },
    mbsync: { type: 'boolean', default: false },
    pass: { type: 'boolean', default: false },
    live: { type: 'boolean', default: false },
    api: { type: 'boolean', default: false },
    memory: { type: 'boolean', default: false },
  },
})
const count = Number(values.messages)
const size = values.size === 'small' ? 'small' : 'mixed'
const load = () =>
  loadavg()
    .map((one) => one.toFixed(1))
    .join(', ')
const bench = await startMailBench()
console.log(`${cpus().length} cores, load average ${load()}`)
try {
  const { mbsync, pass, live, api, memory } = values
  const isAll = !mbsync && !pass && !live && !api && !memory
  if (pass || isAll) await measureQuietPass(bench)
  if (live || isAll) await measureLive(bench)
  if (api || isAll) await measureApiLatency(bench, await mailCorpus(2_000, 'mixed'), await mailCorpus(count, size))
  if (memory || isAll) await measureMemory(bench, count)
  if (mbsync || isAll) {
    const corpus = await mailCorpus(count, size)
    const [megabytes, kilobytes] = [corpus.bytes / 1e6, corpus.bytes / count / 1e3]
    console.log(`${count} messages, ${megabytes.toFixed(0)} MB, ${kilobytes.toFixed(1)} kB each`)
    await compareWithMbsync(bench, corpus, Number(values.runs))
  }
} finally {
  await bench.close()
}
process.exit(0)
