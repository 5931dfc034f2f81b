import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

export type Terminal = ReturnType<typeof createTerminal>

/** Lines with timings; on a terminal also colour and a last line that names what is still under way. */
export function createTerminal(stream: NodeJS.WriteStream) {
  const started = performance.now()
  const pending = new Set<string>()
  // Somebody who pipes us into `head` closes the stream early.
  stream.on('error', () => {})

  const style = (styles: Style, text: string) => styleText(styles, text, { stream })
  const write = (text: string) => {
    const status = stream.isTTY && pending.size ? style('dim', `  … ${[...pending].join(', ')}`) : ''
    stream.write(`${stream.isTTY ? '\r\x1b[K' : ''}${text}${status}`)
  }

  return {
    style,
    /** Seconds since the start, e.g. `3.2 s`. */
    elapsed: () => seconds(started),
    line: (text = '') => write(`${text}\n`),

    /** Runs one step of the start and prints how long it took and what `detail` says about its result. */
    async step<T>(name: string, work: () => Promise<T>, detail: (result: T) => string = () => ''): Promise<T> {
      const from = performance.now()
      pending.add(name)
      write('')
      try {
        const result = await work()
        pending.delete(name)
        const time = style('dim', seconds(from).padStart(7))
        write(`  ${style('green', '✓')} ${name.padEnd(12)}${time}  ${style('dim', detail(result))}\n`)
        return result
      } catch (error) {
        pending.delete(name)
        write(`  ${style('red', '✗')} ${name}\n`)
        throw error
      }
    },
  }
}

const seconds = (from: number) => `${((performance.now() - from) / 1000).toFixed(1)} s`
