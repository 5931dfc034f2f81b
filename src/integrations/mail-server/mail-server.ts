/** Where a mail server is reached, and as whom. */
export type MailEndpoint = { host: string; port: number; security: 'tls' | 'starttls' | 'none'; username: string }

/** A server that is signed in to by a password. */
export type PasswordServer = MailEndpoint & { password: string; accessToken?: undefined }

/** A server that is signed in to by an access token of OAuth 2.0 (RFC 7628, or XOAUTH2 where it is older than that). */
export type TokenServer = MailEndpoint & {
  accessToken: string
  password?: undefined
  /**
   * Another token after the server refused this one.
   * @throws AppError when there is none to be had.
   */
  renewAccessToken?: () => Promise<string>
}

/** A user's IMAP or SMTP server and how to sign in there. */
export type MailServer = PasswordServer | TokenServer

export type MailProtocol = 'IMAP' | 'SMTP'
