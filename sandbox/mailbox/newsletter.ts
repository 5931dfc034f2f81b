import { addDays, ago, daysBetween } from './clock.ts'
import { type NewsletterTitle, newsletterTitles } from './content/newsletters.ts'
import { barChart, landscape, logo } from './files/png.ts'
import { type Letter, type Mail, messageId, writeLetter } from './letter.ts'
import { headerText } from './mime/header.ts'
import { inlinePart, multipart, type Part, textPart } from './mime/part.ts'
import { demoPeople, person } from './people.ts'
import { copiesOf } from './placement.ts'
import { escapeHtml } from './prose.ts'
import { type Random, randomFor } from './random.ts'

type Article = { title: string; blurb: string }
type Issue = { title: NewsletterTitle; number: number; articles: Article[]; key: string }

/** Every issue of every newsletter of the last year, with images inside, images afar and a tracking pixel. */
export function writeNewsletters(now: Date): Letter[] {
  return newsletterTitles.flatMap((title) => {
    const newest = ago(now, title.newest)
    const letters: Letter[] = []
    for (let back = 0; back < title.issues; back++) {
      const sentAt = addDays(newest, -back * title.everyDays)
      if (daysBetween(sentAt, now) < 365) letters.push(writeIssue(title, back, sentAt, now))
    }
    return letters
  })
}

function writeIssue(title: NewsletterTitle, back: number, sentAt: Date, now: Date): Letter {
  const key = `newsletter ${title.key} ${back}`
  const random = randomFor(key)
  const articles = sample(title.articles, 3, random)
  const issue = { title, number: title.newestNumber - back, articles, key }
  const lead = articles[0]?.title ?? title.name
  const mail: Mail = {
    key,
    sentAt,
    from: person(title.name, title.address, 'Europe/Paris'),
    to: [demoPeople[title.to]],
    subject: title.subject.replace('{number}', String(issue.number)).replace('{lead}', lead),
    body: bodyOf(issue, random),
    wording: { charset: title.charset },
    headers: bulkHeaders(issue),
  }
  return writeLetter(mail, copiesOf(mail, now, random.chance(0.15) ? { folder: 'Trash' } : {}))
}

/** RFC 2369 and RFC 8058 (one-click), as large senders must have them. */
function bulkHeaders({ title, key }: Issue): [string, string][] {
  const token = messageId(key, person('', title.address)).slice(0, 16)
  return [
    ['List-Id', `${headerText(title.name)} <${title.key}.${title.domain}>`],
    ['List-Unsubscribe', `<https://${title.domain}/unsubscribe/${token}>, <mailto:leave-${token}@${title.domain}>`],
    ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
    ['Precedence', 'bulk'],
    ['Feedback-ID', `${title.key}:news:${title.domain}`],
  ]
}

function bodyOf(issue: Issue, random: Random): Part {
  const { title } = issue
  const pictures = [
    inlinePart({ name: 'logo.png', type: 'image/png', content: logo(title.colour) }, `logo@${title.domain}`),
    inlinePart({ name: 'hero.png', type: 'image/png', content: hero(title, random) }, `hero@${title.domain}`),
  ]
  const options = { charset: title.charset, encoding: 'quoted-printable' as const }
  const html = textPart(issueHtml(issue), { ...options, subtype: 'html' })
  return multipart('alternative', [
    textPart(issueText(issue), options),
    multipart('related', [html, ...pictures], ['type="text/html"']),
  ])
}

function hero(title: NewsletterTitle, random: Random): Buffer {
  if (title.hero === 'landscape') return landscape(300, 90, title.colour, random.int(0, 60) / 10)
  return barChart(
    Array.from({ length: 10 }, () => random.int(15, 100) / 100),
    title.colour,
  )
}

function issueText({ title, number, articles }: Issue): string {
  const items = articles.map(
    (article) => `* ${article.title}\n  ${article.blurb}\n  https://${title.domain}/${slug(article)}`,
  )
  return `${title.name} #${number}\n${title.preheader}\n\n${items.join('\n\n')}\n\n-- \n${title.footer}\n`
}

/** Tables and inline styles, since that is what newsletters are made of. */
function issueHtml({ title, number, articles, key }: Issue): string {
  const colour = `rgb(${title.colour.join(',')})`
  const token = messageId(key, person('', title.address)).slice(0, 16)
  return `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html><head><title>${escapeHtml(title.name)}</title><style>@media (max-width:620px){.wide{width:100%!important}}</style></head>
<body style="margin:0;padding:0;background:#eef0f2">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${escapeHtml(title.preheader)}&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" bgcolor="#eef0f2"><tr><td align="center">
<table role="presentation" class="wide" width="600" cellpadding="0" cellspacing="0" style="background:#ffffff;font-family:Arial,sans-serif">
<tr><td style="padding:16px 24px;border-top:4px solid ${colour}">
<img src="cid:logo@${title.domain}" width="48" height="48" alt="" style="vertical-align:middle">
<b style="font-size:22px;padding-left:8px">${escapeHtml(title.name)}</b> <span style="color:#888">#${number}</span></td></tr>
<tr><td><img src="cid:hero@${title.domain}" width="600" alt="" style="display:block;width:100%"></td></tr>
${articles.map((article) => articleRow(article, title, colour)).join('\n')}
<tr><td style="padding:24px" align="center"><img src="https://images.${title.domain}/banner-${number}.jpg" width="552" height="120" alt="${escapeHtml(title.name)}"></td></tr>
<tr><td style="padding:16px 24px;font-size:11px;color:#777">${escapeHtml(title.footer)}<br>
<a href="https://${title.domain}/unsubscribe/${token}" style="color:#777">${escapeHtml(title.leave)}</a></td></tr>
</table></td></tr></table>
<img src="https://track.${title.domain}/open/${token}.gif" width="1" height="1" alt="" style="display:none">
</body></html>
`
}

function articleRow(article: Article, title: NewsletterTitle, colour: string): string {
  const link = `https://${title.domain}/${slug(article)}?utm_source=mail&amp;utm_medium=newsletter`
  return `<tr><td style="padding:20px 24px 0">
<h2 style="margin:0 0 6px;font-size:18px;color:${colour}">${escapeHtml(article.title)}</h2>
<p style="margin:0;font-size:14px;line-height:21px">${escapeHtml(article.blurb)}</p>
<p style="margin:8px 0 0"><a href="${link}" style="color:${colour};font-weight:bold">${escapeHtml(title.more)} &rarr;</a></p>
</td></tr>`
}

function slug({ title }: Article): string {
  const plain = title.normalize('NFD').toLowerCase()
  return plain
    .replace(/[^a-z0-9 ]/g, '')
    .trim()
    .replace(/ +/g, '-')
    .slice(0, 40)
}

function sample<T>(items: readonly T[], count: number, random: Random): T[] {
  const rest = [...items]
  return Array.from({ length: count }, () => rest.splice(random.int(0, rest.length - 1), 1)).flat()
}
