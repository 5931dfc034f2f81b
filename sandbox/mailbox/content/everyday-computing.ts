import type { Pattern } from '../pattern.ts'
import { demoPeople, engineers, person, staff } from '../people.ts'

const tickets = person('Guichet informatique', 'tickets@guichet.ulti-infra.example')

/** What reaches the one who looks after the computers, and what he sends out. */
export const computingPatterns: readonly Pattern[] = [
  {
    key: 'ticket',
    to: 'bob',
    language: 'fr',
    senders: [tickets],
    count: 9,
    isAutomatic: true,
    shape: 'html',
    greetings: ['Un ticket vous est attribué.'],
    topics: [
      {
        subject: '[#{number}] Nouveau ticket : écran noir',
        text: "« Mon écran est noir depuis {hour}. J'ai tout débranché et rebranché, y compris la cafetière. »",
      },
      {
        subject: '[#{number}] Mot de passe oublié',
        text: "« J'ai changé mon mot de passe vendredi et je ne sais plus lequel des trois est le bon. »",
      },
      {
        subject: '[#{number}] Tablettes de la salle {room}',
        text: '« {count} tablettes sur 30 ne chargent plus. Celle de {child} affiche un dinosaure. »',
      },
    ],
    closings: ['Priorité : normale. Réponse attendue avant {day}.'],
  },
  {
    key: 'engineer',
    to: 'bob',
    language: 'en-GB',
    senders: engineers,
    count: 11,
    greetings: ['Hi Bob,', 'Hello Bob,', 'Bob,'],
    topics: [
      {
        subject: 'Fibre to the gym: {day}?',
        text: 'the splicing crew could come on {day} at {hour}. They need access to the gym and somebody who knows where the duct really ends.',
        answer: '{day} is fine, I will tell the school. Nobody knows where the duct ends.\n\nBob',
      },
      {
        subject: 'Kernel update on {host}',
        text: '{host} still runs the kernel from last year. I would reboot it on {day} at {hour} unless you object.',
        answer: 'Go ahead. I will be there with a serial cable, just in case.\n\nBob',
      },
      {
        subject: 'Your question about {host}',
        text: 'I looked at {host}: the slow queries come from one report that scans everything. An index takes {count} minutes, I have written it down.',
        answer: 'Thanks, very clear. Let’s do it on {day}.\n\nBob',
      },
      {
        subject: 'Rack {room}, upper half',
        text: 'the upper half of rack {room} is free now. If you still want the two servers next to each other, this is the moment.',
      },
    ],
    remarks: ['No rush.', 'Shout if that is a bad idea.', 'PS: the coffee machine has an API now. I am sorry.'],
    closings: ['Cheers,\n{sender}', '{sender}'],
  },
  {
    key: 'help-me',
    to: 'bob',
    language: 'fr',
    senders: [demoPeople.alice, ...staff],
    count: 11,
    greetings: ['Bonjour Bob,', 'Salut Bob,'],
    topics: [
      {
        subject: 'Tableau numérique salle {room}',
        text: 'Le tableau de la salle {room} écrit deux centimètres à côté du stylet. Les {class} trouvent cela très drôle.',
        answer: 'Je passe {day} à {hour} pour le recaler. Profitez-en d’ici là.\n\nBob',
      },
      {
        subject: 'Messages non reçus',
        text: 'Une famille ne reçoit pas nos messages depuis hier. Peux-tu regarder si quelque chose est bloqué ?',
        answer: 'Leur boîte est pleine de photos de chats. Je les ai appelés, c’est réglé.\n\nBob',
      },
      {
        subject: 'Question bête',
        text: 'Comment partage-t-on un dossier avec {count} personnes sans leur envoyer {count} courriels ?',
        answer: 'Un clic droit, « Partager », puis le groupe « école ». Et ce n’est pas une question bête.\n\nBob',
      },
      {
        subject: 'Le wifi des {class}',
        text: "Le wifi coupe dès que les {class} ouvrent l'atlas. Il suffit peut-être de l'ouvrir moins fort.",
        answer: 'C’est réparé, c’était une mise à jour. Dis-moi si ça recommence.\n\nBob',
      },
    ],
    closings: ['Merci !\n{sender}', 'Quand tu peux, vers {hour} par exemple.\n{sender}'],
  },
  {
    key: 'announcement',
    to: 'alice',
    language: 'en-GB',
    senders: [demoPeople.bob],
    count: 9,
    greetings: ['Hi Alice,', 'Dear all,'],
    topics: [
      {
        subject: 'Short outage on {day}',
        text: 'on {day} at {hour} the file server moves to new disks. Expect ten minutes without it; mail is not affected.',
        answer: 'Thank you Bob, passed on to everybody.\n\nAlice',
      },
      {
        subject: 'New: shared calendars',
        text: 'calendars can now be shared with the town hall. Right-click yours, choose a name, done. Tell me what is missing.',
        answer: 'It works! What is missing: more hours in the day.\n\nAlice',
      },
      {
        subject: 'Please do not click: "parcel {number}"',
        text: 'a mail about "parcel {number}" is going round. It is not from the post. Three of us have clicked already, no names, Julien.',
        answer: 'Noted. Julien sends his regards.\n\nAlice',
      },
      {
        subject: 'Laptops for {class}',
        text: 'the {count} laptops for {class} are installed and labelled. They stand in room {room}, behind the globe.',
      },
    ],
    closings: ['Bob', 'Questions: extension 42, or the corridor.\n\nBob'],
  },
]
