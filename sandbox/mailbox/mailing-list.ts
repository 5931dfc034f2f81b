import { ago } from './clock.ts'
import { type ListMail, type ListTopic, type MailingList, mailingLists } from './content/lists.ts'
import { type Letter, type Mail, writeLetter } from './letter.ts'
import type { Header } from './mime/header.ts'
import { textPart } from './mime/part.ts'
import { person } from './people.ts'
import { copiesOf } from './placement.ts'

/** What discussion lists send: tagged subjects, a footer, the List- headers of RFC 2369 and RFC 2919. */
export function writeListMails(now: Date): Letter[] {
  return mailingLists.flatMap((list) => list.topics.flatMap((topic, index) => writeTopic(list, topic, index, now)))
}

function writeTopic(list: MailingList, topic: ListTopic, topicIndex: number, now: Date): Letter[] {
  const letters: Letter[] = []
  topic.mails.forEach((listMail, index) => {
    const parent = letters[index - 1]
    const mail: Mail = {
      key: `list ${list.key} ${topicIndex} ${index}`,
      sentAt: ago(now, listMail.age),
      from: listMail.from,
      to: [person(list.name, list.address)],
      subject: `${parent ? 'Re: ' : ''}[${list.tag}] ${topic.subject}`,
      text: listMail.text,
      body: textPart(listText(listMail, topic.mails[index - 1], list), { encoding: '8bit', charset: 'utf-8' }),
      ...(parent ? { answers: parent } : {}),
      headers: listHeaders(list),
    }
    letters.push(writeLetter(mail, copiesOf({ ...mail, bcc: list.members }, now)))
  })
  return letters
}

/** List people answer beneath what they answer, and quote no more of it than the point. */
function listText({ text }: ListMail, parent: ListMail | undefined, { footer }: MailingList): string {
  const [point = ''] = (parent?.text.split('\n\n') ?? []).toSorted((one, other) => other.length - one.length)
  const quoted = parent ? `${parent.from.name}:\n${point.replace(/^/gm, '> ')}\n\n` : ''
  return `${quoted}${text}\n\n${footer}\n`
}

function listHeaders({ name, address }: MailingList): Header[] {
  const [local = '', domain = ''] = address.split('@')
  return [
    ['List-Id', `${name} <${local}.${domain}>`],
    ['List-Post', `<mailto:${address}>`],
    ['List-Archive', `<https://${domain}/archive/${local}>`],
    ['List-Unsubscribe', `<mailto:${local}-leave@${domain}>`],
    ['Precedence', 'list'],
  ]
}
