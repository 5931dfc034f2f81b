import { createPublicPage, escaped } from '#platform/http/public-page.ts'
import { childOf, type DrivePath, nameOf, namesOf, parentOf, rootPath } from '../drive-path.ts'
import type { Entry } from '../items/item.ts'
import type { LinkView } from './links.ts'

/** Puts files in one after the other. Without scripts files can be read and fetched. */
const script = `
const input = document.querySelector('#files'), note = document.querySelector('#note')
input && input.addEventListener('change', async () => {
  input.disabled = true
  for (const file of input.files) {
    note.textContent = file.name + ' …'
    const answer = await fetch(input.dataset.at + '/' + encodeURIComponent(file.name), { method: 'PUT', body: file })
    if (!answer.ok) { note.textContent = file.name + ': ' + (await answer.json()).message; input.disabled = false; return }
  }
  note.textContent = 'Thank you, everything has arrived.'
  input.disabled = false
  input.value = ''
  if (input.dataset.shown) location.reload()
})
`

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0; background: Canvas; color: CanvasText }
main { width: min(44rem, 100% - 3rem); margin: 3rem auto }
h1 { font-size: 1.5rem; margin: 0 0 1rem; overflow-wrap: anywhere }
ul { list-style: none; padding: 0; margin: 1rem 0 }
li { display: flex; gap: 1rem; justify-content: space-between; padding: .5rem 0; border-bottom: 1px solid color-mix(in srgb, CanvasText 15%, transparent) }
li a { overflow-wrap: anywhere }
li span { white-space: nowrap; color: GrayText }
input, button, .button { box-sizing: border-box; font: inherit; padding: .6rem .75rem; border-radius: .5rem; border: 1px solid GrayText }
button, .button { border: 0; background: #1a5fb4; color: #fff; font-weight: 600; cursor: pointer; text-decoration: none; display: inline-block }
`

const shell = createPublicPage({ script, style })
export const linkPagePolicy = shell.policy
const page = (title: string, body: string): string => shell.page(title, body + shell.script)

/** A page of what is in the folder. */
type Shown = { entries: readonly Entry[]; nextCursor: string | null }

/** `base` is the address of the link; what is `shown` is undefined where files are taken only. */
export function linkPage(base: string, view: LinkView, path: DrivePath, shown: Shown | undefined): string {
  const { entries, nextCursor = null } = shown ?? {}
  const title = path === rootPath ? view.name : nameOf(path)
  const content = `${base}/content`
  if (!view.isFolder) {
    return page(title, `<p>${sizeOf(view.size)}</p><p><a class="button" href="${content}">Download</a></p>`)
  }
  const rows = (entries ?? []).map((entry) => rowOf(base, childOf(path, entry.name), entry))
  const up = path === rootPath ? '' : `<p><a href="${folderAddress(base, parentOf(path))}">Back</a></p>`
  const zip = `<p><a class="button" href="${base}/archive?path=${encodeURIComponent(path)}">Download all</a></p>`
  const at = content + encoded(path)
  const upload = `<p><label>Put files in: <input id="files" type="file" multiple data-at="${at}"${entries ? ' data-shown="1"' : ''}></label></p><p id="note" role="status"></p>`
  return page(
    title,
    [
      up,
      entries ? `<ul>${rows.join('')}</ul>` : '<p>Whoever gave you this link waits for files of yours.</p>',
      nextCursor ? `<p><a href="${folderAddress(base, path)}&amp;cursor=${nextCursor}">More</a></p>` : '',
      entries && rows.length > 0 ? zip : '',
      view.permissions.includes('create_files') ? upload : '',
    ].join('\n'),
  )
}

export const passwordPage = (base: string, isWrong: boolean): string =>
  page(
    'Shared with you',
    `<form method="post" action="${base}/access">
      <p><label for="password">The password of this link</label></p>
      <p><input id="password" name="password" type="password" required autofocus> <button>Open</button></p>
    </form>
    ${isWrong ? '<p role="status">That is not the password; try again.</p>' : ''}`,
  )

export const closedPage = (message: string): string =>
  page('Shared with you', `<p role="status">${escaped(message)}</p>`)

function rowOf(base: string, path: DrivePath, { name, isFolder, size }: Entry): string {
  const address = isFolder ? folderAddress(base, path) : `${base}/content${encoded(path)}`
  return `<li><a href="${address}">${escaped(name)}${isFolder ? '/' : ''}</a><span>${sizeOf(size)}</span></li>`
}

const folderAddress = (base: string, path: DrivePath): string => `${base}?path=${encodeURIComponent(path)}`

/** Nothing for the top. */
const encoded = (path: DrivePath): string =>
  namesOf(path)
    .map((name) => `/${encodeURIComponent(name).replaceAll("'", '%27')}`)
    .join('')

function sizeOf(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB']
  const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`
}
