/**
 * A program that is cut off ends the servers that it started, as it does at its end: what they wait for is that this
 * process exits, which it does not do by a signal alone. For its effect, imported by all that print verdicts.
 */
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(code))
}
