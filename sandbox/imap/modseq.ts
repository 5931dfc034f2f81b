import { type Connection, type Mailbox, type Message, untagged } from './hoodiecrow.ts'

/** A message's flags changed: it gets the mailbox's next mod-sequence (RFC 7162) and other sessions are told. */
export function flagsChanged(connection: Connection, mailbox: Mailbox, message: Message) {
  message.MODSEQ = nextModseq(mailbox)
  const sequence = mailbox.messages.indexOf(message) + 1
  const fields = `UID ${message.uid} FLAGS (${message.flags.join(' ')}) MODSEQ (${message.MODSEQ})`
  connection.server.notify(untagged(`${sequence} FETCH (${fields})`), mailbox, connection)
}

/** Mod-sequences are positive: an empty mailbox starts at 1 (RFC 7162 §3.1.1). */
export function nextModseq(mailbox: Mailbox): number {
  mailbox.HIGHESTMODSEQ = (mailbox.HIGHESTMODSEQ || 1) + 1
  return mailbox.HIGHESTMODSEQ
}
