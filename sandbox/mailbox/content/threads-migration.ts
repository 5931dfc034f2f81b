import { type Conversation, everyone } from '../conversation.ts'
import { csvFile, textFile, zipFile } from '../files/documents.ts'
import { alice, bob, carol, priya } from '../people.ts'
import { prose } from '../prose.ts'

/** The move of the town's mail to its own servers. */
export const migrationThreads: readonly Conversation[] = [
  {
    key: 'migration',
    subject: 'Moving the school to the new mail server: plan and dates',
    with: everyone,
    language: 'en-GB',
    turns: [
      {
        from: bob,
        age: '140d 09:00',
        text: prose`
          Hi both,

          the new server has run for six weeks without a hiccup, so it is time for the
          real mailboxes. My proposal:

            1. Copy everything in the background, starting Monday night.
            2. Switch the MX record on Friday at 18:00.
            3. Copy what arrived in between, Saturday morning.
            4. Old server stays readable for 90 days, then off.

          You will not have to do anything except sign in once more on your phone.

          Bob`,
      },
      {
        from: alice,
        age: '140d 11:25',
        text: prose`
          Friday at 18:00 is in the middle of the parents' evening and I will be
          sending last-minute room changes from my phone. Could it be 21:00?

          And: will my folders survive? I have eleven years of "Projects".

          Alice`,
      },
      {
        from: bob,
        age: '140d 11:48',
        text: prose`
          21:00 it is. I'd be in front of a screen anyway.

          Folders, flags, dates: all of it is copied as it is. I tested with my own
          mailbox, which has 14 folders called "misc".

          Bob`,
      },
      {
        from: carol,
        age: '139d 08:10',
        text: prose`
          Fine with us. Two shared mailboxes at the town hall must be in the first
          batch, urbanisme@ and etat-civil@. Nobody there will notice anything else
          than an outage, but that they will notice within a minute.

          Carol`,
      },
      {
        from: bob,
        age: '138d 16:30',
        text: prose`
          Added. The list as it stands is attached; shout if somebody is missing.

          Bob`,
        files: [
          csvFile('batches.csv', [
            ['batch', 'mailbox', 'messages', 'megabytes'],
            [1, 'alice', 48211, 6120],
            [1, 'urbanisme', 20784, 9033],
            [1, 'etat-civil', 15002, 2210],
            [2, 'carol', 31950, 4475],
            [2, 'school-office', 60102, 8040],
          ]),
        ],
      },
      {
        from: alice,
        age: '134d 19:31',
        text: prose`
          I am in. Everything is there, even the mail from 2015 about the lost
          hamster. It is faster too. Thank you Bob!

          Alice`,
      },
      {
        from: carol,
        age: '134d 20:02',
        text: 'Same here. Not one call this evening, which I believe is a record.\n\nCarol',
        answers: 4,
      },
    ],
  },
  {
    key: 'migration-dkim',
    subject: 'DKIM fails for half of our messages',
    with: [bob, priya],
    language: 'en-GB',
    turns: [
      {
        from: bob,
        age: '131d 07:41',
        text: prose`
          Hi Priya,

          since the move every second outgoing message fails DKIM at large providers.
          Same key, same selector. Logs of both relays are in the archive. Relay 2
          looks fine, relay 1 does not. What do I overlook?

          Bob`,
        files: [
          zipFile('relay-logs.zip', [
            {
              name: 'relay-1.log',
              content: Buffer.from('07:12:03 sign ok s=ulti1 bh=2jUSOH9N\n07:12:04 filter footer added 212 bytes\n'),
            },
            { name: 'relay-2.log', content: Buffer.from('07:12:09 sign ok s=ulti1 bh=k1bPq0Zs\n') },
          ]),
        ],
      },
      {
        from: priya,
        age: '131d 09:15',
        text: prose`
          Look at line 2 of relay-1.log: a footer is added AFTER the message was
          signed. The body hash can't match any more. Move the footer milter before
          the signer, or better, drop the footer. Nobody has ever read one.

          Priya`,
      },
      {
        from: bob,
        age: '131d 09:32',
        text: 'Oh no. Yes. Footer is gone, and so is the problem. I owe you a coffee.\n\nBob',
      },
    ],
  },
  {
    key: 'printer',
    subject: 'Drucker im Lehrerzimmer druckt nur noch Rosa',
    with: [alice, bob],
    language: 'de',
    answerPrefix: 'AW: ',
    charset: 'iso-8859-15',
    turns: [
      {
        from: alice,
        age: '18d 08:03',
        text: prose`
          Lieber Bob,

          ich übe Deutsch für den Austausch, deshalb auf Deutsch: Der Drucker im
          Lehrerzimmer druckt alles in Rosa. Auch die Zeugnisse. Die Kinder fänden
          es schön, die Eltern vielleicht nicht.

          Viele Grüße
          Alice`,
      },
      {
        from: bob,
        age: '18d 08:20',
        text: prose`
          Liebe Alice,

          sehr gutes Deutsch! Rosa heißt: Cyan ist leer, und das Gerät lügt über den
          Füllstand. Ich komme um zehn mit einer Patrone vorbei. Bis dahin bitte
          nichts Amtliches drucken.

          Grüße
          Bob`,
      },
      {
        from: alice,
        age: '18d 12:45',
        text: prose`
          Es geht wieder, danke! Karim möchte das Rosa für die Einladung zum
          Schulfest zurück. Kann man das einstellen?

          Alice`,
      },
      {
        from: bob,
        age: '18d 13:02',
        text: 'Ja: rosa Papier. Liegt im Schrank, zweites Fach, 4,90 € das Paket.\n\nBob',
        files: [
          textFile(
            'Drucker – Kurzanleitung für Müde.txt',
            '1. Einschalten.\n2. Warten.\n3. Bob anrufen: Durchwahl 42.',
          ),
        ],
      },
    ],
  },
]

/** Fixed words, so that a test can look for the longest thread. */
export const gymKeySubject = 'Who has the key to the gym?'

const gymTurns: readonly (readonly [who: 'alice' | 'bob' | 'carol', age: string, text: string])[] = [
  ['alice', '9d 07:02', 'Who has the key to the gym? CM2 is standing in the rain.'],
  ['bob', '9d 07:04', 'Not me. I only have the key to the server cabinet IN the gym.'],
  ['carol', '9d 07:05', 'It should hang in the porter’s lodge, hook 14.'],
  ['alice', '9d 07:09', 'Hook 14 holds an umbrella.'],
  ['carol', '9d 07:10', 'Whose?'],
  ['alice', '9d 07:11', 'Does it matter? It is in use now.'],
  ['bob', '9d 07:15', 'The badge log says the gym was opened yesterday at 21:47 with badge 0031.'],
  ['carol', '9d 07:16', '0031 is the badminton club.'],
  ['alice', '9d 07:17', 'Do they answer the phone at seven in the morning?'],
  ['carol', '9d 07:24', 'They do now. Mrs. Pasquier has it in her coat. She is on her way.'],
  ['bob', '9d 07:26', 'I could also let you in through the cabinet. Not all of you at once.'],
  ['alice', '9d 07:41', 'She is here, the door is open, thank you. She wants her umbrella back.'],
  ['carol', '9d 07:43', 'I will order a second key.'],
  ['bob', '9d 07:44', 'I will order a second umbrella.'],
]

export const gymKeyThread: Conversation = {
  key: 'gym-key',
  subject: gymKeySubject,
  with: everyone,
  language: 'en-GB',
  turns: gymTurns.map(([who, age, text]) => ({ from: { alice, bob, carol }[who], age, text })),
}
