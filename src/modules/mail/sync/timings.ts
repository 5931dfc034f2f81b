/** How often, how long (in milliseconds) and how many; tests make them small. */
export type SyncTimings = {
  /** Between looks at all folders while INBOX is watched by IDLE. */
  pollMs: number
  /** The same for a server without IDLE. */
  pollWithoutIdleMs: number
  /** How long a vanished message may still turn up in another folder and be the same one. */
  graceMs: number
  /** The first wait after a failed sync; it doubles up to `maxBackoffMs`. */
  minBackoffMs: number
  maxBackoffMs: number
  /** Between two looks at INBOX and at pending writes while old mail is listed. */
  glanceMs: number
  /** How long a folder that cannot be selected is left alone. */
  parkMs: number
  /** Accounts of one host that this process keeps connected; those beyond are asked at every poll instead. */
  idlePerHost: number
}

export const defaultTimings: SyncTimings = {
  pollMs: 60_000,
  pollWithoutIdleMs: 30_000,
  graceMs: 120_000,
  minBackoffMs: 5_000,
  maxBackoffMs: 900_000,
  glanceMs: 2_000,
  parkMs: 6 * 3_600_000,
  idlePerHost: 1_000,
}
