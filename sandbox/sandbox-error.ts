/** A fault that a person can put right: the message says how, and no stack is shown. */
export class SandboxError extends Error {}
