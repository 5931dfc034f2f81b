/** Where a mail service is reached; `username` is how it wants to be told who signs in. */
export type ServiceEndpoint = {
  host: string
  port: number
  security: 'tls' | 'starttls' | 'none'
  username: string
}

/** Settings for an address, and where they were found. */
export type MailSettings = {
  imap: ServiceEndpoint
  smtp: ServiceEndpoint
  /** `password`, or `oauth2` where the provider takes nothing else. */
  authentication: 'password' | 'app_password' | 'oauth2'
  /** Where the person makes an app password, when the provider wants one. */
  helpUrl: string | null
  provider: string | null
}

/** An address split where mail systems split it; `domain` in its ASCII form. */
export type MailAddress = { email: string; localPart: string; domain: string }
