import type { Readable } from 'node:stream'

/** A file of an archive. `open` may be called once; an AppError of it is told in the manifest, and the rest goes on. */
export type ExportFile = { path: string; open: () => Promise<Readable> }

/** What of a person was handed over, and what was not. `isPending`: it goes on elsewhere; to be asked again. */
export type PartReport = {
  counts: Record<string, number>
  errors: { what: string; code: string }[]
  isPending?: boolean
}

/** From whom to whom. `progress` is told what is done so far, every now and then. */
export type Handover = {
  from: string
  to: string
  /** Accounts are the recipient's, or the organisation's. */
  mailAccounts: 'own' | 'shared'
  requestedBy: string
  progress(counts: Record<string, number>): Promise<void>
}

/** What a module has of people. All of it may be left out. */
export type PersonData = {
  /** The folder of the archive that its files lie in. */
  name: string
  /** Tables whose rows are in the archive as they are, a JSON object a line, without what is sealed or hashed. */
  tables?: readonly string[]
  /** What else is in it, one file after the other. */
  files?(personId: string, signal: AbortSignal): AsyncIterable<ExportFile>
  /** Other owners whose data are this person's, and are erased with them. */
  ownedBy?(personId: string): Promise<string[]>
  /** Hands all of it to somebody else; done again, it goes on where it broke off. */
  transfer?(handover: Handover): Promise<PartReport>
  /** Takes the person out of what stays with others; may be done twice. */
  forget?(personId: string): Promise<void>
  /** Removes what lies outside of the database and the object store; may be done twice. */
  eraseOutside?(personId: string): Promise<void>
}
