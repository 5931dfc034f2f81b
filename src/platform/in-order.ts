/**
 * Runs every step, each after the one before, whatever becomes of it: what must be closed is closed although something
 * before it failed.
 * @throws the error of the only step that failed, or AggregateError for several.
 */
export async function inOrder(steps: readonly (() => unknown)[]): Promise<void> {
  const errors: unknown[] = []
  for (const step of steps) {
    try {
      await step()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} steps failed`)
}
