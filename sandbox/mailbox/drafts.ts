import { ago } from './clock.ts'
import { type Letter, type Mail, writeLetter } from './letter.ts'
import { multipart, textPart } from './mime/part.ts'
import { alice, bob, carol, juergen, type Person, priya } from './people.ts'
import { paragraphs, prose } from './prose.ts'

type UnsentMail = { from: Person; to: readonly Person[]; age: string; subject: string; text: string }

const unsentMails: readonly UnsentMail[] = [
  {
    from: alice,
    to: [juergen],
    age: '1d 17:40',
    subject: 'Gastfamilien: die Liste',
    text: prose`
      Lieber Herr Böhm,

      hier die Liste der Gastfamilien, wie versprochen. Noch offen ist`,
  },
  {
    from: alice,
    to: [],
    age: '6d 21:05',
    subject: 'Idées pour le discours de fin d’année',
    text: '- la fresque\n- Gérard le radiateur\n- la clé du gymnase (avec l’accord du badminton)\n- finir avant la pluie',
  },
  { from: alice, to: [carol, bob], age: '41m', subject: '', text: 'Pour demain, est-ce que' },
  {
    from: bob,
    to: [priya],
    age: '2d 18:20',
    subject: 'Talk proposal: restoring, not backing up',
    text: 'Hi Priya,\n\nwould you read this before I send it in? Title first, the rest is still soup.',
  },
  {
    from: carol,
    to: [alice],
    age: '3d 16:45',
    subject: 'Inauguration de la cour',
    text: 'Alice,\n\nLa maire coupe le ruban à 11 h, mais qui tient les ciseaux ?',
  },
]

/** What was begun and not yet sent. */
export function writeDrafts(now: Date): Letter[] {
  return unsentMails.map(({ age, ...unsent }, index) => {
    const html = textPart(`<div>${paragraphs(unsent.text)}</div>\n`, { subtype: 'html' })
    const mail: Mail = {
      ...unsent,
      key: `draft ${index}`,
      sentAt: ago(now, age),
      body: multipart('alternative', [textPart(`${unsent.text}\n`), html]),
    }
    const user = unsent.from.user
    return writeLetter(mail, user ? [{ user, folder: 'Drafts', flags: ['\\Seen', '\\Draft'] }] : [])
  })
}
