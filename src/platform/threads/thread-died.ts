/** A thread ended over its task, by its limits or by a fault of the runtime; whoever gets this tries with less. */
export class ThreadDied extends Error {
  constructor(options: ErrorOptions) {
    super('A thread ended over its task.', options)
    this.name = 'ThreadDied'
  }
}
