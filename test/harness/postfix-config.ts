import { mailOwner } from './dovecot-config.ts'

export type PostfixPlace = {
  directory: string
  port: number
  /** Of a Dovecot that knows the users. */
  authPort: number
  /** Where the mailboxes lie: `<name>/maildir/` of each user. */
  mailboxes: string
  /** The names of those who get mail. */
  names: readonly string[]
}

/** Only users who sign in may send, and only to `example.test`, to those who are named. */
export const mainConfig = ({ directory, authPort, mailboxes }: PostfixPlace): string => `
compatibility_level = 3.6
queue_directory = ${directory}/queue
data_directory = ${directory}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file_prefixes = ${directory}
maillog_file = ${directory}/log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.test
mydestination =
mynetworks =
alias_maps =
alias_database =
biff = no
smtputf8_enable = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:${authPort}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
# Clients that are cut off and come again are what these tests are about.
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
smtpd_client_connection_count_limit = 0
default_process_limit = 200
virtual_transport = virtual
virtual_mailbox_domains = example.test
virtual_mailbox_base = ${mailboxes}
virtual_mailbox_maps = texthash:${directory}/mailboxes
virtual_minimum_uid = 1
virtual_uid_maps = static:${mailOwner?.uid ?? 0}
virtual_gid_maps = static:${mailOwner?.gid ?? 0}
`

export const mailboxMap = ({ names }: PostfixPlace): string =>
  names.map((name) => `${name}@example.test ${name}/maildir/\n`).join('')

/** What Debian's own master.cf has, less what these tests do not need. */
export const masterConfig = ({ port }: PostfixPlace): string => `
127.0.0.1:${port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`
