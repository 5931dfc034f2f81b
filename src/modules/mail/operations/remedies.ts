/** What helps a mail account out of each trouble: a whole sentence for its administrator. */
const remedies: Readonly<Record<string, string>> = {
  'mail.authentication_failed':
    'The server does not take the password: its person enters the new one, or makes an app password at the provider.',
  'mail.needs_reauthentication': 'The provider ended the access: its person signs in there again.',
  'mail.certificate_invalid':
    'The certificate of the server is not valid: its operator renews it, or the account gets the name that is in it.',
  'mail.host_forbidden':
    'The server is on a private address: allow it by ULTID_ALLOW_PRIVATE_HOSTS if it is one of yours.',
  'mail.host_unreachable': 'Nobody answers there: check the name and the port, and whether a firewall is in the way.',
  'mail.plaintext_refused': 'The server offers no encryption: switch TLS on there, or set MAIL_ALLOW_PLAINTEXT=true.',
  'mail.timeout': 'The server takes too long: see whether it is overloaded; ultid tries again by itself.',
  'mail.server_error': 'The server failed: its log says why; ultid tries again by itself.',
}

export const remedyFor = (errorCode: string | null): string =>
  remedies[errorCode ?? ''] ??
  'ultid tries again by itself; "ultid doctor --mail-account" says what the servers answer.'
