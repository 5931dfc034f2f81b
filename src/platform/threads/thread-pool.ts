import { setFlagsFromString } from 'node:v8'
import { type Transferable, Worker } from 'node:worker_threads'
import { ThreadDied } from './thread-died.ts'

export type ThreadPoolOptions = {
  /** A module that answers by `answerTasks`. */
  script: URL
  /** Threads that work at once. */
  size: number
  /** Of the JavaScript heap of each; a task that needs more ends its thread, not the process. */
  maxHeapMegabytes: number
  /** After which a task counts as never ending. */
  taskTimeoutMs: number
  /** How long a thread that has nothing to do is kept, with its memory. */
  idleMs: number
}

export type ThreadPool = {
  /**
   * Has a thread do `task` and answers what it answers; buffers named in `transfer` are its own from then on.
   * @throws ThreadDied when the thread ended over it or took too long, and whatever the task threw.
   */
  run<Answer>(task: unknown, transfer?: readonly Transferable[]): Promise<Answer>
  /** Whether a thread waits for work, or has some, that need not be started first; one is started otherwise. */
  isWarm(): boolean
  close(): Promise<void>
}

type Job = { task: unknown; transfer: readonly Transferable[]; settle: PromiseWithResolvers<unknown> }
type Thread = {
  worker: Worker
  isReady: boolean
  job: Job | undefined
  deadline: NodeJS.Timeout | undefined
  restedAt: number
}

/** On a busy machine; a script that does not load says so at once. */
const startTimeoutMs = 60_000

/** Threads for work that would hold up the event loop. They start when there is work, and end when there was none. */
export function createThreadPool(options: ThreadPoolOptions): ThreadPool {
  const { script, size, maxHeapMegabytes, taskTimeoutMs, idleMs } = options
  const threads = new Set<Thread>()
  const waiting: Job[] = []
  let isClosed = false

  function start(): Thread {
    // The flag by which a process was started has had its effect; it would outrank the limit of a thread.
    setFlagsFromString('--max-semi-space-size=0')
    const resourceLimits = { maxOldGenerationSizeMb: maxHeapMegabytes, maxYoungGenerationSizeMb: 8 }
    const worker = new Worker(script, { resourceLimits })
    const thread: Thread = { worker, isReady: false, job: undefined, deadline: undefined, restedAt: performance.now() }
    threads.add(thread)
    worker.on('message', ({ isReady, answer, error }) => {
      if (isReady) begun(thread)
      else rest(thread, ({ settle }) => (error ? settle.reject(error) : settle.resolve(answer)))
    })
    worker.on('error', (error) => end(thread, error))
    worker.on('exit', () => end(thread, undefined))
    worker.unref()
    return thread
  }

  /** The time that its start took is not its task's. */
  function begun(thread: Thread): void {
    thread.isReady = true
    if (thread.job) limit(thread)
  }

  function limit(thread: Thread): void {
    clearTimeout(thread.deadline)
    const ms = thread.isReady ? taskTimeoutMs : startTimeoutMs
    thread.deadline = setTimeout(() => void thread.worker.terminate(), ms)
  }

  function rest(thread: Thread, settle: (job: Job) => void): void {
    const { job } = thread
    clearTimeout(thread.deadline)
    thread.job = undefined
    thread.restedAt = performance.now()
    if (job) settle(job)
    next()
  }

  function end(thread: Thread, cause: unknown): void {
    if (!threads.delete(thread)) return
    rest(thread, ({ settle }) => settle.reject(new ThreadDied({ cause })))
  }

  function next(): void {
    while (waiting.length > 0) {
      const free = [...threads].find(({ job }) => job === undefined) ?? (threads.size < size ? start() : undefined)
      const job = free && waiting.shift()
      if (!free || !job) return
      begin(free, job)
    }
  }

  function begin(thread: Thread, job: Job): void {
    thread.job = job
    limit(thread)
    try {
      thread.worker.postMessage(job.task, job.transfer)
    } catch (error) {
      rest(thread, ({ settle }) => settle.reject(error))
    }
  }

  const resting = setInterval(() => {
    const before = performance.now() - idleMs
    for (const { worker, job, restedAt } of threads) if (!job && restedAt < before) void worker.terminate()
  }, idleMs)
  resting.unref()

  return {
    run<Answer>(task: unknown, transfer: readonly Transferable[] = []) {
      if (isClosed) return Promise.reject(new ThreadDied({ cause: 'closed' }))
      const settle = Promise.withResolvers<unknown>()
      waiting.push({ task, transfer, settle })
      next()
      return settle.promise as Promise<Answer>
    },
    isWarm(): boolean {
      if (threads.size === 0 && !isClosed) start()
      return [...threads].some(({ isReady }) => isReady)
    },
    async close(): Promise<void> {
      isClosed = true
      clearInterval(resting)
      for (const { settle } of waiting.splice(0)) settle.reject(new ThreadDied({ cause: 'closed' }))
      await Promise.all([...threads].map(({ worker }) => worker.terminate()))
    },
  }
}
