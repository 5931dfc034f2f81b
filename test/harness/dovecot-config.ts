import { execFileSync } from 'node:child_process'

export type DovecotStorage = 'maildir' | 'sdbox'

export type DovecotPlace = {
  directory: string
  port: number
  tlsPort: number
  /** Where other servers ask who somebody is. */
  authPort: number
  storage: DovecotStorage
  /** Where access tokens are looked up (RFC 7662); without it none is accepted. */
  introspectionUrl?: string | undefined
}

/** What 2.3.19 announces after login; an override must name what remains. */
const CAPABILITIES =
  'IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES THREAD=REFS ' +
  'THREAD=ORDEREDSUBJECT MULTIAPPEND URL-PARTIAL CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED ' +
  'I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE ' +
  'SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE SAVEDATE LITERAL+ NOTIFY SPECIAL-USE'

/** Who owns the mail: Dovecot refuses to hand mail to root, so root gives it to `nobody`. */
export const mailOwner = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined

/**
 * The configuration of a private Dovecot 2.3 with all files below `directory`. `overrides` come last and win;
 * settings of a section are not reachable by them.
 */
export function dovecotConfig(place: DovecotPlace, overrides: Record<string, string>): string {
  const { directory, port, tlsPort, authPort, storage } = place
  return `
instance_name = ulti-${port}
base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
${users()}

# Many connections of one user from one address are what these tests are about.
mail_max_userip_connections = 1000
default_process_limit = 500
default_client_limit = 2000
auth_failure_delay = 0
# Safe against a crash of the server, not of the machine: the tests kill only the former.
mail_fsync = never

ssl = yes
ssl_cert = <${directory}/certificate.pem
ssl_key = <${directory}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login${place.introspectionUrl === undefined ? '' : ' oauthbearer xoauth2'}
${place.introspectionUrl === undefined ? '' : tokens(directory)}
passdb {
  driver = dict
  args = ${directory}/users.conf
}
userdb {
  driver = static
  args = ${mailOwner ? `uid=${mailOwner.uid} gid=${mailOwner.gid} ` : ''}home=${directory}/mail/%n
}
mail_location = ${storage}:~/${storage}
namespace inbox {
  inbox = yes
  separator = /
${['Drafts', 'Sent', 'Junk', 'Trash', 'Archive'].map(specialUseFolder).join('')}}
${services(port, tlsPort, authPort)}
${Object.entries(overrides)
  .map(([name, value]) => `${name} = ${value}\n`)
  .join('')}`
}

const tokens = (directory: string): string => `
passdb {
  driver = oauth2
  mechanisms = oauthbearer xoauth2
  args = ${directory}/tokens.conf
}
`

/** How Dovecot finds out whose a token is. */
export const tokensConfig = (introspectionUrl: string): string => `
introspection_url = ${introspectionUrl}
introspection_mode = post
username_attribute = username
active_attribute = active
active_value = true
`

/** A file per user, read at every login; a passwd-file is looked at once a second, which is too late for tests. */
export function usersConfig(directory: string): string {
  return `
uri = fs:posix:prefix=${directory}/
default_pass_scheme = PLAIN
key passdb {
  key = %u
  format = json
}
passdb_objects = passdb
`
}

function specialUseFolder(name: string): string {
  return `  mailbox ${name} {\n    special_use = \\${name}\n    auto = subscribe\n  }\n`
}

/** Without root no process may change its user or its root directory. */
function users(): string {
  if (mailOwner) return ''
  const [user, group] = ['-un', '-gn'].map((option) => execFileSync('id', [option], { encoding: 'utf8' }).trim())
  return `
default_internal_user = ${user}
default_internal_group = ${group}
default_login_user = ${user}`
}

function services(port: number, tlsPort: number, authPort: number): string {
  const chroot = mailOwner ? '' : '\n  chroot ='
  return `
service imap-login {
  service_count = 0${chroot}
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${tlsPort}
    ssl = yes
  }
}
service auth {
  inet_listener {
    port = ${authPort}
  }
}
service anvil {${chroot}
  # Failed logins would make every later one from this address wait.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service ipc {${chroot}
}
service old-stats {${chroot}
}`
}

/** The settings that hide these capabilities from clients. */
export function hiding(capabilities: string[]): Record<string, string> {
  if (capabilities.length === 0) return {}
  return {
    imap_capability: CAPABILITIES.split(' ')
      .filter((name) => !capabilities.includes(name))
      .join(' '),
  }
}
