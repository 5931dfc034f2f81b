import type { MailEvent } from '../events.ts'
import type { ImportRow } from './import-store.ts'

/** How far an import is, told at its turns and every few seconds between them. */
export const importUpdated = (row: ImportRow): MailEvent => ({
  type: 'mail.import_updated',
  data: {
    mail_account_id: row.mail_account_id,
    folder_id: row.folder_id,
    import_id: row.id,
    state: row.state,
    read_bytes: row.read_bytes,
    size_bytes: row.size_bytes,
    imported_count: row.imported_count,
    skipped_count: row.skipped_count,
    failed_count: row.failed_count,
  },
})
