const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** Milliseconds of a duration such as `90d`, `12h`, `30m` or `45s`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,6})([smhdw])$/.exec(text.trim()) ?? []
  const milliseconds = units[unit ?? '']
  return amount === undefined || milliseconds === undefined ? undefined : Number(amount) * milliseconds
}
