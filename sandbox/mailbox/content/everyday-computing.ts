import type { Pattern } from '../pattern.ts'
import { demoPeople, engineers, person, staff } from '../people.ts'

const monitor = person('Wachhund', 'wachhund@monitor.ulti-infra.example', 'UTC')
const backup = person('Backup', 'root@backup-02.ulti-infra.example', 'UTC')
const tickets = person('Guichet informatique', 'tickets@guichet.ulti-infra.example')

/** What reaches the one who looks after the computers, and what he sends out. */
export const computingPatterns: readonly Pattern[] = [
  {
    key: 'monitor',
    to: 'bob',
    language: 'en',
    senders: [monitor],
    count: 17,
    isAutomatic: true,
    shape: 'text',
    charset: 'us-ascii',
    subjects: [
      '[PROBLEM] {host}: disk almost full',
      '[RECOVERY] {host} is up',
      '[WARNING] {host}: certificate expires soon',
      '[PROBLEM] {host}: load {room}.{count}',
    ],
    blocks: [
      ['Host:     {host}.ulti-infra.example\nCheck:    since {count} minutes\nTicket:   #{number}'],
      [
        'Volume /var is at 9{room}%. At the present rate it is full in {count} hours.\nLargest directory: /var/log/journal',
        'All checks answer again. The outage lasted {count} minutes.\nNo action is needed.',
        'The certificate of {host} expires in {count} days and was not renewed.\nLast renewal log: "rate limited, will retry"',
        'Load is high, {count} processes wait for disk. Top: rsync, postgres, rsync.',
      ],
      ['-- \nSilence this check for a day: https://monitor.ulti-infra.example/s/{number}'],
    ],
  },
  {
    key: 'backup',
    to: 'bob',
    language: 'en',
    senders: [backup],
    count: 9,
    isAutomatic: true,
    shape: 'text',
    subjects: ['Backup OK: {host}', 'Backup of {host} finished with warnings', 'Weekly restore test: passed'],
    blocks: [
      ['repository  /srv/backup/{host}\nsnapshot    {number}\nfiles new   {count}\nadded       {amount} MiB'],
      [
        'no errors were found',
        '{room} files changed while they were read:\n  /var/lib/app/session.tmp\n  /var/log/syslog',
        'restored 200 random files, compared all, all equal',
      ],
    ],
  },
  {
    key: 'ticket',
    to: 'bob',
    language: 'fr',
    senders: [tickets],
    count: 9,
    isAutomatic: true,
    shape: 'html',
    subjects: [
      '[#{number}] Nouveau ticket : écran noir',
      '[#{number}] Mot de passe oublié',
      '[#{number}] Tablettes de la salle {room}',
    ],
    blocks: [
      ['Un ticket vous est attribué.'],
      [
        "« Mon écran est noir depuis {hour}. J'ai tout débranché et rebranché, y compris la cafetière. »",
        "« J'ai changé mon mot de passe vendredi et je ne sais plus lequel des trois est le bon. »",
        '« {count} tablettes sur 30 ne chargent plus. Celle de {child} affiche un dinosaure. »',
      ],
      ['Priorité : normale. Réponse attendue avant {day}.'],
    ],
  },
  {
    key: 'engineer',
    to: 'bob',
    language: 'en',
    senders: engineers,
    count: 11,
    subjects: [
      'Fibre to the gym: {day}?',
      'Kernel update on {host}',
      'Your question about {host}',
      'Rack {room}, upper half',
    ],
    blocks: [
      ['Hi Bob,', 'Hello Bob,', 'Bob,'],
      [
        'the splicing crew could come on {day} at {hour}. They need access to the gym and somebody who knows where the duct really ends.',
        '{host} still runs the kernel from before the summer. I would reboot it on {day} at {hour} unless you object.',
        'I looked at {host}: the slow queries come from one report that scans everything. An index takes {count} minutes, I have written it down.',
        'the upper half of rack {room} is free now. If you still want the two servers next to each other, this is the moment.',
      ],
      ['No rush.', 'Shout if that is a bad day for the school.', 'PS: the coffee machine has an API now. I am sorry.'],
      ['Cheers,\n{sender}', '{sender}'],
    ],
    answers: ['Go ahead. {day} is fine, I will tell the school.\n\nBob', 'Thanks, very clear. Let’s do it.\n\nBob'],
  },
  {
    key: 'help-me',
    to: 'bob',
    language: 'fr',
    senders: [demoPeople.alice, ...staff],
    count: 11,
    subjects: ['Tableau numérique salle {room}', 'Mot de passe, encore', 'Le wifi des {class}', 'Question bête'],
    blocks: [
      ['Bonjour Bob,', 'Salut Bob,'],
      [
        'Le tableau de la salle {room} écrit deux centimètres à côté du stylet. Les {class} trouvent cela très drôle.',
        'Une famille ne reçoit pas nos messages. Peux-tu regarder si quelque chose est parti {day} ?',
        'Comment partage-t-on un dossier avec {count} personnes sans leur envoyer {count} courriels ?',
        "Le wifi coupe dès que les {class} ouvrent l'atlas. Il suffit peut-être de l'ouvrir moins fort.",
      ],
      ['Merci !\n{sender}', 'Quand tu peux, vers {hour} par exemple.\n{sender}'],
    ],
    answers: [
      'Je passe {day} à {hour}.\n\nBob',
      'C’est réparé, c’était une mise à jour. Dis-moi si ça recommence.\n\nBob',
    ],
  },
  {
    key: 'announcement',
    to: 'alice',
    language: 'en',
    senders: [demoPeople.bob],
    count: 9,
    subjects: [
      'Short outage on {day}',
      'New: shared calendars',
      'Please do not click: "parcel {number}"',
      'Laptops for {class}',
    ],
    blocks: [
      ['Hi Alice,', 'Dear all,'],
      [
        'on {day} at {hour} the file server moves to new disks. Expect ten minutes without it; mail is not affected.',
        'calendars can now be shared with the town hall. Right-click yours, choose a name, done. Tell me what is missing.',
        'a mail about "parcel {number}" is going round. It is not from the post. Three of us have clicked already, no names, Julien.',
        'the {count} laptops for {class} are installed and labelled. They stand in room {room}, behind the globe.',
      ],
      ['Bob', 'Questions: extension 42, or the corridor.\n\nBob'],
    ],
    answers: ['Thank you Bob, passed on to everybody.\n\nAlice', 'Noted. Julien sends his regards.\n\nAlice'],
  },
]
