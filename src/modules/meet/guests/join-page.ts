import { createPublicPage, escaped } from '#platform/http/public-page.ts'

type View = { title: string; starts_at: string | null; ends_at: string | null; lobby: boolean }

/** Asks for a name, waits in the lobby, and leads into the meeting. Without scripts the form alone does the first. */
const script = `
const form = document.querySelector('form'), note = document.querySelector('#note'), button = form.querySelector('button')
for (const time of document.querySelectorAll('time')) {
  time.textContent = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'short' })
}
const say = (text) => { note.textContent = text; note.hidden = false }
async function ask(path, options) {
  const answer = await fetch(path, { ...options, headers: { accept: 'application/json', ...(options && options.headers) } })
  const body = await answer.json()
  if (!answer.ok) throw new Error(body.message)
  return body
}
async function go(knock) {
  if (knock.state === 'admitted') { location.href = knock.meet_url; return }
  if (knock.state === 'refused') { say('You were not let in. Ask whoever invited you.'); button.disabled = false; return }
  say('Please wait: somebody will let you in.')
  await new Promise((resolve) => setTimeout(resolve, 3000))
  await go(await ask(location.pathname + '/guests/' + knock.guest_id))
}
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  button.disabled = true
  try {
    const body = JSON.stringify({ name: form.elements.name.value })
    await go(await ask(location.pathname, { method: 'POST', body, headers: { 'content-type': 'application/json' } }))
  } catch (error) {
    say(error.message || 'That did not work; try again.')
    button.disabled = false
  }
})
`

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText }
main { width: min(26rem, 100% - 3rem) }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; overflow-wrap: anywhere }
p { margin: .25rem 0 1rem }
label { display: block; margin: 1.5rem 0 .25rem; font-weight: 600 }
input, button { box-sizing: border-box; width: 100%; font: inherit; padding: .6rem .75rem; border-radius: .5rem; border: 1px solid GrayText }
button { margin-top: .75rem; border: 0; background: #1a5fb4; color: #fff; font-weight: 600; cursor: pointer }
button:disabled { opacity: .6; cursor: default }
#note { margin-top: 1rem }
`

const shell = createPublicPage({ script, style })
export const joinPagePolicy = shell.policy

export const joinPage = (view: View, note = ''): string =>
  shell.page(
    view.title || 'Meeting',
    `${timesOf(view)}
    ${view.lobby ? '<p>Somebody will let you in.</p>' : ''}
    <form method="post">
      <label for="name">Your name</label>
      <input id="name" name="name" required maxlength="100" autocomplete="name" autofocus>
      <button>Join the meeting</button>
    </form>
    <p id="note" role="status"${note ? '' : ' hidden'}>${escaped(note)}</p>
    ${shell.script}`,
  )

/** For a link that leads nowhere. */
export const closedDoorPage = (message: string): string =>
  shell.page('Meeting', `<p role="status">${escaped(message)}</p>`)

function timesOf({ starts_at, ends_at }: View): string {
  if (!starts_at) return ''
  const time = (at: string) => `<time datetime="${at}">${at.slice(0, 16).replace('T', ' ')} UTC</time>`
  return `<p>${time(starts_at)}${ends_at ? ` – ${time(ends_at)}` : ''}</p>`
}
