/** What test/run.ts found out about the machine and hands to every test file by the environment. */

/** For a suite's `skip` option: false where Dovecot is installed, otherwise why the suite is skipped. */
export const skipWithoutDovecot = reasonToSkip('ULTI_TEST_DOVECOT', 'Dovecot 2.3')

/** For a suite's `skip` option: false where redis-server is installed, otherwise why the suite is skipped. */
export const skipWithoutRedis = reasonToSkip('ULTI_TEST_REDIS', 'redis-server')

/** For a suite's `skip` option: false where promtool is installed, otherwise why the suite is skipped. */
export const skipWithoutPromtool = reasonToSkip('ULTI_TEST_PROMTOOL', 'promtool')

/** For a suite's `skip` option: false where Python 3 with dkimpy is installed, otherwise why the suite is skipped. */
export const skipWithoutDkimpy = reasonToSkip('ULTI_TEST_DKIMPY', 'Python 3 with dkimpy')

/** For a suite's `skip` option: false where nginx is installed, otherwise why the suite is skipped. */
export const skipWithoutNginx = reasonToSkip('ULTI_TEST_NGINX', 'nginx')

/** For a suite's `skip` option: false where shellcheck is installed, otherwise why the suite is skipped. */
export const skipWithoutShellcheck = reasonToSkip('ULTI_TEST_SHELLCHECK', 'shellcheck')

/** For a suite's `skip` option: false where PostgreSQL 15 is installed, otherwise why the suite is skipped. */
export const skipWithoutPostgres15 = reasonToSkip('ULTI_TEST_POSTGRES15', 'PostgreSQL 15')

/** For a suite's `skip` option: false where prosody's libraries are installed, otherwise why the suite is skipped. */
export const skipWithoutProsody = reasonToSkip('ULTI_TEST_PROSODY', 'prosody with Lua 5.4 and luaossl')

/** For a suite's `skip` option: false where Chromium is installed, otherwise why the suite is skipped. */
export const skipWithoutChromium = reasonToSkip('ULTI_TEST_CHROMIUM', 'Chromium')
/** For a suite's `skip` option: false where Postfix is installed and can be started, otherwise why it is skipped. */
export const skipWithoutPostfix =
  process.getuid?.() === 0 ? reasonToSkip('ULTI_TEST_POSTFIX', 'Postfix') : 'only root can start Postfix'

/** For a suite's `skip` option: false where rclone is installed, otherwise why the suite is skipped. */
export const skipWithoutRclone = reasonToSkip('ULTI_TEST_RCLONE', 'rclone')

/** For a suite's `skip` option: false where cadaver is installed, otherwise why the suite is skipped. */
export const skipWithoutCadaver = reasonToSkip('ULTI_TEST_CADAVER', 'cadaver')

/** For a suite's `skip` option: false where Apache with mod_dav is installed, otherwise why the suite is skipped. */
export const skipWithoutApache = reasonToSkip('ULTI_TEST_APACHE', 'Apache with mod_dav')

/** For a suite's `skip` option: false where Python 3 with dateutil and icalendar is installed, otherwise why it is skipped. */
export const skipWithoutDateutil = reasonToSkip('ULTI_TEST_DATEUTIL', 'Python 3 with dateutil and icalendar')

/** For a suite's `skip` option: false where Radicale is installed, otherwise why the suite is skipped. */
export const skipWithoutRadicale = reasonToSkip('ULTI_TEST_RADICALE', 'Radicale')

function reasonToSkip(variable: string, server: string): string | false {
  if (process.env[variable] === '1') return false
  if (process.env[variable] === '0') return `${server} is not installed on this machine`
  return `${variable} is not set: run tests by "npm test" or "node test/run.ts <file>"`
}
