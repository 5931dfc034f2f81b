/** What test/run.ts found out about the machine and hands to every test file by the environment. */

/** For a suite's `skip` option: false where Dovecot is installed, otherwise why the suite is skipped. */
export const skipWithoutDovecot = reasonToSkip('ULTI_TEST_DOVECOT', 'Dovecot 2.3')

/** For a suite's `skip` option: false where redis-server is installed, otherwise why the suite is skipped. */
export const skipWithoutRedis = reasonToSkip('ULTI_TEST_REDIS', 'redis-server')

/** For a suite's `skip` option: false where promtool is installed, otherwise why the suite is skipped. */
export const skipWithoutPromtool = reasonToSkip('ULTI_TEST_PROMTOOL', 'promtool')

function reasonToSkip(variable: string, server: string): string | false {
  if (process.env[variable] === '1') return false
  if (process.env[variable] === '0') return `${server} is not installed on this machine`
  return `${variable} is not set: run tests by "npm test" or "node test/run.ts <file>"`
}
