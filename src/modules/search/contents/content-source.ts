/** Opens the bytes of documents, to find the text in them. Drive provides it; app.ts joins them. */
export type ContentSource = {
  /** Types of documents. */
  readonly types: readonly string[]
  /**
   * The bytes as they are now; undefined when they are gone. What it throws counts as a failure that may pass: it is tried
   * again some times.
   */
  open(ownerId: string, id: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined>
}
