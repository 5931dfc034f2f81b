import { type DemoUser, demoUsers, type UserName } from '../users.ts'

type DemoContact = { object: string; vcard: string }

/** As phones and other programs write them, so that each kind of vCard is there to be seen. */
const cards: Readonly<Record<UserName, readonly string[][]>> = {
  alice: [
    [
      '4.0',
      'N:Hopper;Grace;Brewster Murray;Dr.;',
      'FN:Dr. Grace Hopper',
      'ORG:Yale University;Mathematics',
      'TITLE:Professor',
    ]
      .concat('EMAIL;TYPE=work;PREF=1:grace@hopper.example', 'TEL;TYPE=cell:+1 203 432 4771', 'BDAY:19061209')
      .concat('CATEGORIES:Pioneers,Friends', 'URL:https://hopper.example/', 'NOTE:Bring nanoseconds.'),
    // The same person twice, as happens when a phone and a mail program both know her.
    [
      '3.0',
      'N:Hopper;Grace;;;',
      'FN:Grace Hopper',
      'EMAIL;TYPE=INTERNET:grace@hopper.example',
      'TEL;TYPE=HOME:+1 203 555 0100',
    ],
    [
      '3.0',
      'N:Lovelace;Ada;;;',
      'FN:Ada Lovelace',
      'X-PHONETIC-LAST-NAME:Luvlis',
      'item1.EMAIL;TYPE=INTERNET:ada@lovelace.example',
    ]
      .concat(
        'item1.X-ABLabel:Engine',
        'ADR;TYPE=HOME:;;12 St James’s Square;London;;SW1Y 4LB;United Kingdom',
        'BDAY:1815-12-10',
      )
      .concat('X-SOCIALPROFILE;TYPE=mastodon:https://social.example/@ada', 'CATEGORIES:Pioneers'),
    [
      '4.0',
      'N:Müller;Jörg;;;',
      'FN:Jörg Müller',
      'EMAIL:joerg.mueller@bahn.example',
      'TEL;TYPE=work:+49 30 1234567',
      'LANG;PREF=1:de',
    ].concat('PRONOUNS:er', 'ANNIVERSARY:20100612', 'RELATED;VALUE=text;TYPE=spouse:Sabine'),
    [
      '4.0',
      'N:Åkesson;Åsa;;;',
      'FN:Åsa Åkesson',
      'EMAIL:asa@skidor.example',
      'TEL;TYPE=cell:+46 70 123 45 67',
      'BDAY:--0229',
    ],
    [
      '4.0',
      'N:山田;太郎;;;',
      'FN:山田 太郎',
      'X-PHONETIC-LAST-NAME:やまだ',
      'EMAIL:taro@yamada.example',
      'ORG:東京大学',
    ],
    [
      '4.0',
      'KIND:org',
      'FN:Playground Builders Ltd',
      'N:;;;;',
      'ORG:Playground Builders Ltd',
      'TEL;TYPE=work,main:+44 20 7946 0018',
    ],
  ],
  bob: [
    [
      '3.0',
      'N:Duarte;Carol;;;',
      'FN:Carol Duarte',
      'EMAIL;TYPE=INTERNET:carol@ulti.example',
      'TEL;TYPE=CELL:+351 912 345 678',
    ],
    [
      '4.0',
      'N:Gravel;Hugo;;;',
      'FN:Hugo Gravel',
      'ORG:Gravel & Sons',
      'EMAIL:hugo@gravel.example',
      'CATEGORIES:Suppliers',
    ],
  ],
  carol: [['4.0', 'N:Keller;Bob;;;', 'FN:Bob Keller', 'EMAIL:bob@ulti.example', 'NICKNAME:Bobby']],
}

/** Alice has a group as well: the pioneers among her contacts. */
export function demoContacts(name: DemoUser['name']): DemoContact[] {
  const contacts = cards[name].map((lines, at) => card(`demo-${name}-${at + 1}`, lines))
  if (name !== demoUsers[0]?.name) return contacts
  const members = [1, 3].map((at) => `MEMBER:urn:uuid:demo-${name}-${at}`)
  return [...contacts, card(`demo-${name}-group`, ['4.0', 'KIND:group', 'FN:Pioneers', 'N:;;;;', ...members])]
}

function card(uid: string, [version, ...lines]: readonly string[]): DemoContact {
  const text = ['BEGIN:VCARD', `VERSION:${version}`, `UID:${uid}`, ...lines, 'END:VCARD', ''].join('\r\n')
  return { object: `${uid}.vcf`, vcard: text }
}
