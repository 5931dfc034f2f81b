import { enableCompileCache } from 'node:module'
import type { Terminal } from './cli/command.ts'
import { runCommandLine } from './cli/command-line.ts'

// A second of every start is compiling; what is compiled once is kept in the system's temporary directory.
enableCompileCache()

const terminal: Terminal = {
  environment: process.env,
  isInteractive: process.stdout.isTTY,
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  onStopSignal(stop) {
    let isStopping = false
    const onSignal = (signal: string) => {
      if (isStopping) process.exit(1)
      isStopping = true
      stop(signal)
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  },
  exit: process.exit,
}

runCommandLine(process.argv.slice(2), terminal).then(process.exit)
