/** Why a connection is ended by the server: its close code as a WebSocket, and the words that go with it. */
export type Closing = { code: number; message: string }

export const closings = {
  /** RFC 6455 §7.4.1. */
  goingAway: { code: 1001, message: 'The node stops; connect again.' },
  /** RFC 6455 §7.4.1: policy. */
  tooTalkative: { code: 1008, message: 'The client sends too much; connect again and send less.' },
  failed: { code: 1011, message: 'The events could not be read; connect again.' },
  tokenExpired: { code: 4001, message: 'The access token has expired; connect with a new one.' },
  sessionEnded: { code: 4001, message: 'The session or token has ended; sign in again.' },
  tooSlow: { code: 4008, message: 'The client reads too slowly; connect again.' },
  tooMany: { code: 4029, message: 'Too many connections of one person; close some.' },
} as const satisfies Record<string, Closing>
