/** An answer that refuses, in the words of Immich. */
export class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Of what is not there and of what belongs to somebody else. */
export const noAccess = (permission: string) => new Refusal(400, `Not found or no ${permission} access`)

const names: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
}

/** The body of a refusal: 2 repeats the status in it, 3 has the message alone. */
export const refusalBody = (major: number, status: number, message: string): object =>
  major === 2 ? { message, error: names[status] ?? 'Error', statusCode: status } : { message }
