import type { Timed, TimedRequest } from './timed-requests.ts'

/** The other end of `startTimedClient`. */
process.on('message', async ({ requests, hasBodies }: { requests: TimedRequest[]; hasBodies: boolean }) => {
  const begun = performance.now()
  const answers = await Promise.all(
    requests.map(async ({ url, ...request }) => {
      const answer = await fetch(url, request)
      return { status: answer.status, body: await answer.arrayBuffer() }
    }),
  )
  const ms = performance.now() - begun
  const bodies = hasBodies ? answers.map(({ body }) => Buffer.from(body).toString('utf8')) : []
  process.send?.({ ms, statuses: answers.map(({ status }) => status), bodies } satisfies Timed)
})
