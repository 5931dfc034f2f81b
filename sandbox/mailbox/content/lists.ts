import { alice, bob, donal, julien, lena, mireille, type Person, person } from '../people.ts'

export type ListMail = { from: Person; age: string; text: string }
export type ListTopic = { subject: string; mails: readonly ListMail[] }
export type MailingList = {
  key: string
  name: string
  tag: string
  address: string
  members: readonly Person[]
  footer: string
  topics: readonly ListTopic[]
}

const ingrid = person('Ingrid Halvorsen', 'ingrid@rektor-nord.example', 'Europe/Oslo', 'Mozilla Thunderbird')
const teo = person('Teo Marković', 'teo@mreza-skola.example', 'Europe/Zagreb', 'Mutt/2.2.9')

/** Discussion lists that the demo users read, and sometimes write to. */
export const mailingLists: readonly MailingList[] = [
  {
    key: 'heads',
    name: 'Heads of small schools',
    tag: 'heads',
    address: 'heads@lists.small-schools.example',
    members: [alice],
    footer:
      '-- \nheads mailing list: heads@lists.small-schools.example\nTo leave: heads-leave@lists.small-schools.example',
    topics: [
      {
        subject: 'How do you handle phones in the playground?',
        mails: [
          {
            from: donal,
            age: '15d 18:40',
            text: 'Hello all,\n\nwe have 90 pupils and, since this year, about 60 phones. A basket at the door works until\nsomebody forgets theirs and phones home to say so, from a friend’s phone. What do you do?\n\nDónal',
          },
          {
            from: ingrid,
            age: '15d 20:05',
            text: 'A cupboard with numbered pigeon holes, built by the older children. They guard it like\na bank. No rule of ours was ever enforced so strictly.\n\nIngrid',
          },
          {
            from: alice,
            age: '14d 07:50',
            text: 'We had the same talk with the parents rather than with the children. It turned out that\nhalf of the phones were the parents’ idea. We now have one school phone, a very red one.\n\nAlice',
          },
          { from: donal, age: '14d 08:31', text: 'A very red one. Ordered. Thank you both!\n\nDónal' },
        ],
      },
      {
        subject: 'Sharing a music teacher between three villages',
        mails: [
          {
            from: ingrid,
            age: '66d 12:00',
            text: 'Has anybody shared a teacher with neighbouring schools? Ours would drive 40 km a day, and\nshe would like the hours counted. Reasonably so.\n\nIngrid',
          },
          {
            from: julien,
            age: '66d 16:22',
            text: 'Chez nous, les trajets comptent pour moitié. Ce n’est écrit nulle part, mais tout le monde\ns’y tient depuis neuf ans.\n\nJulien',
          },
          {
            from: donal,
            age: '65d 09:10',
            text: 'We rotate the children instead: one bus, one morning, one big room with a piano in it.\nThe bus driver sings tenor.\n\nDónal',
          },
        ],
      },
      {
        subject: 'Reading week: a list of what worked',
        mails: [
          {
            from: mireille,
            age: '101d 15:30',
            text: 'Bonjour à toutes et à tous,\n\nce qui a marché : le quart d’heure de lecture pour TOUT LE MONDE, cuisine comprise.\nCe qui n’a pas marché : le concours. Trois larmes, un tricheur, un lot de crayons perdu.\n\nMireille',
          },
          {
            from: ingrid,
            age: '100d 08:00',
            text: 'Agreed on competitions. We let them read to the dog of the caretaker. Attendance of the\ndog: 100 %.\n\nIngrid',
          },
        ],
      },
    ],
  },
  {
    key: 'munics',
    name: 'Municipal system administrators',
    tag: 'munics',
    address: 'munics@lists.opendesk.example',
    members: [bob],
    footer:
      '_______________________________________________\nmunics@lists.opendesk.example\nhttps://lists.opendesk.example/munics',
    topics: [
      {
        subject: 'IMAP IDLE dropped after exactly 29 minutes',
        mails: [
          {
            from: teo,
            age: '19d 21:10',
            text: 'Clients lose IDLE after 29 minutes sharp behind the new firewall. No FIN, no RST, just\nsilence until the next NOOP. Has anybody seen this?\n\nTeo',
          },
          {
            from: lena,
            age: '18d 07:45',
            text: 'Connection tracking timeout, 1740 s by default on that box. Raise it, or re-IDLE every\n15 minutes. We did both.\n\n-- \nLena',
          },
          {
            from: bob,
            age: '18d 08:02',
            text: 'Same here last spring. The fun part: the vendor called it "power saving".\n\nBob',
          },
          {
            from: teo,
            age: '18d 19:30',
            text: 'Raised to 7200. Fixed. I will print "power saving" on a shirt.\n\nTeo',
          },
        ],
      },
      {
        subject: 'Restoring one mailbox without restoring all of them',
        mails: [
          {
            from: bob,
            age: '52d 09:14',
            text: 'Question for those with maildir backups: a user deleted a folder on Tuesday and noticed on\nFriday. How do you restore just that folder, with flags, while mail keeps arriving?\n\nBob',
          },
          {
            from: lena,
            age: '52d 10:40',
            text: 'Restore to a second account, let the user look, move over IMAP what they want. Never\ncopy files underneath a running server.\n\n-- \nLena',
          },
          {
            from: teo,
            age: '52d 11:02',
            text: '+1. And keep the second account for a week, they always find something else.\n\nTeo',
          },
        ],
      },
      {
        subject: 'Looking for a home: 14 access points, working',
        mails: [
          {
            from: lena,
            age: '4d 14:00',
            text: 'We replaced ours. Fourteen access points, dusty, fine, with mounts. Pick-up only, cake\nwelcome.\n\n-- \nLena',
          },
          { from: teo, age: '4d 14:03', text: 'Mine! I bring strudel.\n\nTeo' },
        ],
      },
    ],
  },
]
