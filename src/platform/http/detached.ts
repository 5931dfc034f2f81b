import { PassThrough, type Readable } from 'node:stream'

/** A file of a request. Whoever stops reading it leaves the request whole: the rest passes unread, and the sender hears the answer. */
export function detached(source: Readable): Readable {
  const content = new PassThrough()
  // A form that ends too early says so more than once, and perhaps before anybody reads it.
  source.on('error', (error) => content.destroy(error))
  content.on('error', () => undefined)
  content.once('close', () => {
    source.unpipe(content)
    source.resume()
  })
  return source.pipe(content)
}
