import { DavError } from '../dav-exchange.ts'

/** As Nextcloud has them by default. The name is counted in bytes. @throws DavError */
export function requireValidName(name: string): void {
  const reason = reasonAgainst(name)
  if (reason) throw new DavError(400, 'OCA\\DAV\\Connector\\Sabre\\Exception\\InvalidPath', reason)
}

function reasonAgainst(name: string): string | undefined {
  const trimmed = name.trim()
  if (trimmed === '' || trimmed === '.' || trimmed === '..') return 'Dot files are not allowed'
  if (Buffer.byteLength(name) > 250) return 'Filename is too long'
  if (name.toLowerCase() === '.htaccess') return '".htaccess" is a forbidden file or folder name.'
  if (/\.(part|filepart)$/i.test(name)) return 'This is a forbidden file type.'
  if (/[\\/]|[^\P{Cc}\x7f-\x9f]/u.test(name)) return 'There is a character in it that is not allowed.'
}
