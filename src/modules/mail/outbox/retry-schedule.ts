/** How long a message is tried after it was due (RFC 5321 §4.5.4.1 asks for days; people notice sooner). */
export const giveUpAfterHours = 48

const firstDelaySeconds = 30
const longestDelaySeconds = 3600

/** Seconds to wait after the `attempts`-th failed attempt: half a minute, doubling up to an hour. */
export const retryDelaySeconds = (attempts: number): number =>
  Math.min(firstDelaySeconds * 2 ** Math.max(0, attempts - 1), longestDelaySeconds)
