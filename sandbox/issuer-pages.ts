import { demoUsers } from './users.ts'

/** The sign-in form; `action` is where it is posted. Needs no script and no network. */
export function signInPage({ action, client, error }: { action: string; client: string; error?: string }): string {
  const choices = demoUsers.map(
    ({ name, fullName, email, groups }, index) => `
      <label class="user">
        <input type="radio" name="user" value="${name}"${index === 0 ? ' checked' : ''}>
        <span class="avatar">${fullName.charAt(0)}</span>
        <span><b>${fullName}</b><br><small>${email}${groups.includes('ulti-admins') ? ' · administrator' : ''}</small></span>
      </label>`,
  )
  return page(
    'Sign in',
    `<h1>Sign in</h1>
    <p>to continue to <b>${escapeHtml(client)}</b></p>
    ${error ? `<p class="error" role="alert">${escapeHtml(error)}</p>` : ''}
    <form method="post" action="${escapeHtml(action)}">
      <fieldset><legend>Who are you today?</legend>${choices.join('')}</fieldset>
      <label class="password">Password
        <input type="password" name="password" autocomplete="current-password" autofocus required>
      </label>
      <button>Sign in</button>
    </form>
    <p class="hint">This is a sandbox: the password is the user's name (<code>alice</code>, <code>bob</code>,
    <code>carol</code>) or <code>demo</code>.</p>`,
  )
}

/** A page that only says something; `body` is HTML. */
export const messagePage = (title: string, body: string) => page(title, `<h1>${escapeHtml(title)}</h1>${body}`)

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const page = (title: string, body: string) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Ulti sandbox</title>
<style>${style}</style>
<main>${body}</main>
</html>
`

const style = `
:root { color-scheme: light dark; --line: light-dark(#d8dce3, #3a3f4a); --accent: light-dark(#2f5bea, #7d9bff);
  --card: light-dark(#fff, #1b1e25); --muted: light-dark(#5b6472, #9aa3b2) }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  font: 16px/1.5 system-ui, sans-serif; background: light-dark(#f2f4f8, #111318) }
main { width: 100%; max-width: 26rem; padding: 2rem; border: 1px solid var(--line); border-radius: 14px;
  background: var(--card) }
h1 { margin: 0; font-size: 1.5rem } p { margin: .25rem 0 1.25rem; color: var(--muted) }
fieldset { border: 0; margin: 0; padding: 0; display: grid; gap: .5rem } legend { padding: 0 0 .5rem; font-weight: 600 }
.user { display: flex; align-items: center; gap: .75rem; padding: .6rem .75rem; border: 1px solid var(--line);
  border-radius: 10px; cursor: pointer; line-height: 1.3 }
.user:has(:checked) { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent) }
.user input { accent-color: var(--accent) } small { color: var(--muted) }
.avatar { width: 2.2rem; height: 2.2rem; border-radius: 50%; display: grid; place-items: center; font-weight: 600;
  color: light-dark(#fff, #111318); background: var(--accent) }
.password { display: block; margin: 1.25rem 0 1rem; font-weight: 600 }
.password input { display: block; width: 100%; margin-top: .35rem; padding: .6rem .75rem; font: inherit;
  border: 1px solid var(--line); border-radius: 10px; background: transparent; color: inherit }
button { width: 100%; padding: .7rem; font: inherit; font-weight: 600; border: 0; border-radius: 10px; cursor: pointer;
  color: light-dark(#fff, #111318); background: var(--accent) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.error { color: light-dark(#b3261e, #ff8a80) } .hint { margin: 1.25rem 0 0; font-size: .875rem }
code { font-family: ui-monospace, monospace; font-size: .95em }
`
