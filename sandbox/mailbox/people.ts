export type DemoUser = 'alice' | 'bob' | 'carol'

/** A correspondent. `timeZone` is an IANA name, `program` what their mail program calls itself. */
export type Person = { name: string; address: string; timeZone: string; program?: string; user?: DemoUser }

/** The people whose mailboxes are demonstrated. */
export const alice = demo('alice', 'Alice Martin', 'Ulti Webmail')
export const bob = demo('bob', 'Bob Keller', 'Mozilla Thunderbird')
export const carol = demo('carol', 'Carol Duarte', 'Ulti Webmail')
export const demoPeople = { alice, bob, carol }

export function person(name: string, address: string, timeZone = 'Europe/Paris', program?: string): Person {
  return { name, address, timeZone, ...(program ? { program } : {}) }
}

const outlook = 'Microsoft Outlook 16.0'
const apple = 'Apple Mail (2.3774.600.62)'

/** Parents of pupils of the Tilleuls school. */
export const parents = [
  person('Nadia Benali', 'nadia.benali@famille-benali.example', 'Europe/Paris', apple),
  person('Étienne Lefèvre', 'etienne@lefevre-maison.example', 'Europe/Paris', outlook),
  person('Sophie Marchand', 'sophie.marchand@courriel.example'),
  person('Jean-Baptiste Noël', 'jb.noel@courriel.example', 'Europe/Paris', 'Mozilla Thunderbird'),
  person('Aïcha Diallo', 'aicha.diallo@poste-libre.example', 'Europe/Paris', apple),
  person('Gaël Kervella', 'gael@kervella.example', 'Europe/Paris', outlook),
  person('Mme Chloé Aubry', 'c.aubry@courriel.example'),
  person('Rémi Fournier', 'remi.fournier@poste-libre.example', 'Europe/Paris', apple),
]

export const julien = person('Julien Perrot', 'julien.perrot@tilleuls.example')
export const mireille = person('Mireille Gaudin', 'mireille.gaudin@tilleuls.example')
export const helene = person('Hélène Sauvage', 'helene.sauvage@tilleuls.example', 'Europe/Paris', apple)
export const karim = person('Karim Haddad', 'karim.haddad@tilleuls.example')

/** Teachers and staff of the school. */
export const staff = [
  julien,
  mireille,
  helene,
  karim,
  person('Anouk Delorme', 'anouk.delorme@tilleuls.example', 'Europe/Paris', outlook),
]

/** Neighbours, far and near, each with a part of their own. */
export const tomas = person('Tomás Ferreira', 'tomas.ferreira@obras-ferreira.example', 'Europe/Lisbon', outlook)
export const ines = person('Inês Carvalho', 'ines.carvalho@vila-irma.example', 'Europe/Lisbon')
export const malgorzata = person('Małgorzata Święcicka', 'm.swiecicka@szkola-nad-wisla.example', 'Europe/Warsaw')
export const donal = person('Dónal Byrne', 'donal.byrne@scoil-na-tra.example', 'Europe/Dublin')
export const lena = person('Lena Brandt', 'lena.brandt@rz-elbtal.example', 'Europe/Berlin')
export const zoe = person('Zoë O’Hara', 'zoe.ohara@opendesk.example', 'Europe/Dublin', apple)
export const kaethe = person('Käthe Größmann', 'k.groessmann@schule-am-rhein.example', 'Europe/Berlin')

export const juergen = person('Jürgen Böhm', 'j.boehm@schule-am-rhein.example', 'Europe/Berlin', outlook)

/** The partner school on the other side of the river. */
export const partners = [
  juergen,
  kaethe,
  person('Friederike von Lüttwitz', 'luettwitz@schule-am-rhein.example', 'Europe/Berlin', apple),
]

/** Firms that deliver to the school and to the town. */
export const suppliers = {
  stationery: person('Papeterie Duval', 'commandes@papeterie-duval.example'),
  canteen: person('Cuisine Centrale du Val', 'facturation@cuisine-du-val.example', 'Europe/Paris', outlook),
  furniture: person('Dreher Büromöbel GmbH', 'rechnung@dreher-buero.example', 'Europe/Berlin', outlook),
  energy: person('Énergies du Val', 'service.client@energies-du-val.example'),
  coach: person('Autocars Mistral', 'planning@autocars-mistral.example'),
  hosting: person('Nordwolke Hosting', 'billing@nordwolke.example', 'Europe/Berlin'),
  playground: person('Aire & Jeux SARL', 'lucie.monnet@aire-et-jeux.example', 'Europe/Paris', apple),
}

/** People of the town who write to its town hall. */
export const residents = [
  person('Marguerite Collin', 'marguerite.collin@poste-libre.example'),
  person('Lucienne Pasquier', 'lucienne.pasquier@courriel.example'),
  person('Gérard Vasseur', 'gerard.vasseur@courriel.example'),
  person('Yasmina Ouali', 'yasmina.ouali@poste-libre.example'),
]

export const priya = person('Priya Raman', 'priya@nordwolke.example', 'Europe/London')

/** Engineers whom Bob writes with. */
export const engineers = [
  priya,
  person('Sven Lindqvist', 'sven.lindqvist@fibernet.example', 'Europe/Stockholm', 'Mutt/2.2.9'),
  zoe,
  person('Matthias Gruber', 'm.gruber@rechenzentrum-sued.example', 'Europe/Berlin', 'Mozilla Thunderbird'),
]

function demo(user: DemoUser, name: string, program: string): Person {
  return { name, address: `${user}@ulti.example`, timeZone: 'Europe/Paris', program, user }
}
