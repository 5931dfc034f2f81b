import { createHash } from 'node:crypto'

/**
 * A page for people who have no account, whole in one answer. `policy` lets it run its own script, wear its own style and
 * ask its own server, and nothing else; `robots` that read pages for search engines are asked to leave it out.
 */
export function createPublicPage({ script, style }: { script: string; style: string }) {
  return {
    policy: [
      "default-src 'none'",
      `script-src ${hashOf(script)}`,
      `style-src ${hashOf(style)}`,
      "connect-src 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ].join('; '),

    /** `body` is HTML; its script runs where the page has it. */
    page: (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="referrer" content="no-referrer">
  <meta name="robots" content="noindex">
  <title>${escaped(title)}</title>
  <style>${style}</style>
</head>
<body>
  <main>
    <h1>${escaped(title)}</h1>
    ${body}
  </main>
</body>
</html>
`,

    script: `<script>${script}</script>`,
  }
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Text as HTML shows it. */
export const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
