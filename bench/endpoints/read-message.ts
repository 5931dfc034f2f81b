import type { Pool } from 'pg'

/** A message with its body, as one query has it. */
export async function readMessage(pool: Pool, ownerId: string, messageId: string): Promise<object> {
  const { rows } = await pool.query({
    name: 'read-message',
    text: `
      select message.id, message.thread_id, message.subject, message.from_name, message.from_email, message.recipients,
        message.received_at, message.sent_at, message.size_bytes, message.parts, body.text_body, body.clean_html,
        body.details
      from mail_message as message
      left join mail_body as body on body.owner_id = message.owner_id and body.message_id = message.id
      where message.owner_id = $1 and message.id = $2`,
    values: [ownerId, messageId],
  })
  return rows[0]
}
