import { getPriority, platform, setPriority } from 'node:os'
import { parentPort, type Transferable } from 'node:worker_threads'

type Answered = { answer: unknown; transfer?: readonly Transferable[] }

/** A tenth of the share of a core that the event loop gets, where both want it. */
const niceness = 10

/** In the script of a thread: has each task answered by `work`; the pool gives one after the other. */
export function answerTasks<Task>(work: (task: Task) => Answered | Promise<Answered>): void {
  yieldToRequests()
  const answer = ({ answer, transfer = [] }: Answered) => parentPort?.postMessage({ answer }, [...transfer])
  const fail = (error: unknown) => parentPort?.postMessage({ error })
  parentPort?.postMessage({ isReady: true })
  parentPort?.on('message', (task: Task) => {
    try {
      const answered = work(task)
      if (answered instanceof Promise) answered.then(answer).catch(fail)
      else answer(answered)
    } catch (error) {
      fail(error)
    }
  })
}

/** On Linux a priority is a thread's; elsewhere it would be that of the whole process. */
function yieldToRequests(): void {
  if (platform() !== 'linux') return
  try {
    if (getPriority() < niceness) setPriority(niceness)
  } catch {
    // A system that forbids it: requests wait a little longer while this thread works.
  }
}
