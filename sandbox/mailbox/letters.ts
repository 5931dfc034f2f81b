import { writeBrokenMails } from './broken.ts'
import { gymKeyThread, migrationThreads } from './content/threads-migration.ts'
import { playgroundThreads } from './content/threads-playground.ts'
import { townThreads } from './content/threads-town.ts'
import { converse } from './conversation.ts'
import { writeDrafts } from './drafts.ts'
import { writeEverydayMails } from './everyday.ts'
import { writeForeignLetters } from './foreign.ts'
import { writeHostileMails } from './junk.ts'
import type { Letter } from './letter.ts'
import { writeListMails } from './mailing-list.ts'
import { writeMeetingMails } from './meetings.ts'
import { writeNewsletters } from './newsletter.ts'
import { writeOddities } from './oddities.ts'
import { writeReports } from './reports.ts'

const conversations = [...playgroundThreads, ...migrationThreads, gymKeyThread, ...townThreads]

/** Everything that was ever written in this little world, as it stands at `today`. */
export function writeAllLetters(today: Date): Letter[] {
  // Dates in mail and INTERNALDATE know no fractions of a second.
  const now = new Date(Math.floor(today.getTime() / 1000) * 1000)
  return [
    ...conversations.flatMap((conversation) => converse(conversation, now)),
    ...writeForeignLetters(now),
    ...writeNewsletters(now),
    ...writeListMails(now),
    ...writeMeetingMails(now),
    ...writeReports(now),
    ...writeOddities(now),
    ...writeHostileMails(now),
    ...writeBrokenMails(now),
    ...writeDrafts(now),
    ...writeEverydayMails(now),
  ]
}
