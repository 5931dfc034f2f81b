/** Somebody who has to do with a document: `from`, `to`, `cc` and `with` find them by it. */
export type DocumentPerson = {
  name: string
  email: string
  /** `from` made it (the organizer, the file's owner); a contact is `to` and `from` itself. */
  role: 'from' | 'to' | 'cc'
}

/** Something that its module lets be found. Texts may be of any length and hold anything; what is too much is cut. */
export type SearchDocument = {
  ownerId: string
  /** `<module>.<noun>`, as `drive.file`. `<module>:read` is needed to find it. */
  type: string
  /** Of the resource in its module's API: what stays the same while it is renamed or moved. */
  id: string
  title: string
  /** Plain text: a description, notes. Nothing that repeats the title or people. */
  text?: string
  /** What it is sorted by: when a file was changed, when an event begins, when a contact was changed. */
  when: Date
  people?: readonly DocumentPerson[]
  /** Where it lies, the nearest first: a calendar; a folder and those above it. `in:` finds by name, shares by id. */
  containers?: readonly { id: string; name: string }[]
  /** `label:` finds them: tags of a file, categories of an event. */
  labels?: readonly string[]
  /** `filename:` finds it. */
  filename?: string
  sizeBytes?: number
  isStarred?: boolean
  /** `has:attachment` finds it. */
  hasAttachments?: boolean
  /** The path of the resource in the API, as `/api/v1/drive/files/123`. */
  link: string
  /** What else a front end needs to open it; handed out with each hit as it is. */
  place?: Readonly<Record<string, string>>
  /** The bytes of a file, whose text is found too. */
  content?: DocumentContent
}

export type DocumentContent = {
  mediaType: string
  /** Changes whenever the bytes do: an ETag. */
  version: string
}
