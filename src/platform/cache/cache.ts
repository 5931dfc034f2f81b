/**
 * Shared memory of the nodes and a bus between them. A hint only: all of it may be lost at any moment, and whoever
 * uses it must be right without it. No call throws: a lost server reads as empty and publishes to nobody.
 */
export type Cache = {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, ttlSeconds: number): Promise<void>
  delete(key: string): Promise<void>
  /** Deletes every key that has this id in it; looks at all keys, and is for rare occasions. */
  deleteNaming(id: string): Promise<void>
  /** Reads and deletes in one step: of two callers one gets the value. */
  take(key: string): Promise<string | undefined>
  /** Adds to a counter. @returns its new value; undefined when the server is away. */
  add(key: string, amount: number, ttlSeconds: number): Promise<number | undefined>
  publish(channel: string, message: string): void
  /** @returns a function that ends the subscription. */
  subscribe(channel: string, listener: (message: string) => void): () => void
  /** @throws Error when the server does not answer. */
  check(): Promise<void>
  close(): Promise<void>
}
