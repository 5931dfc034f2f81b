/** A user's IMAP or SMTP server and how to sign in there. */
export type MailServer = {
  host: string
  port: number
  security: 'tls' | 'starttls' | 'none'
  username: string
  password: string
}

export type MailProtocol = 'IMAP' | 'SMTP'
