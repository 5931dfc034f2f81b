import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { startMailBench } from './harness/mail-bench.ts'
import { mailCorpus } from './harness/mail-corpus.ts'
import { compareWithMbsync } from './mail-sync/against-mbsync.ts'

/**
 * How fast a mailbox is there. `node bench/mail-sync.ts [--runs 3] [--messages 20000] [--size mixed|small]`
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    messages: { type: 'string', default: '20000' },
    size: { type: 'string', default: 'mixed' },
  },
})
const count = Number(values.messages)
const bench = await startMailBench()
console.log(
  `${cpus().length} cores, load average ${loadavg()
    .map((one) => one.toFixed(1))
    .join(', ')}`,
)
try {
  const corpus = await mailCorpus(count, values.size === 'small' ? 'small' : 'mixed')
  console.log(
    `${count} messages, ${(corpus.bytes / 1e6).toFixed(0)} MB, ${(corpus.bytes / count / 1e3).toFixed(1)} kB each`,
  )
  await compareWithMbsync(bench, corpus, Number(values.runs))
} finally {
  await bench.close()
}
process.exit(0)
