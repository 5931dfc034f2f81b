import type { Pattern } from '../pattern.ts'
import { person } from '../people.ts'

const monitor = person('Wachhund', 'wachhund@monitor.ulti-infra.example', 'UTC')
const backup = person('Backup', 'root@backup-02.ulti-infra.example', 'UTC')

/** What machines tell the one who looks after them. */
export const machinePatterns: readonly Pattern[] = [
  {
    key: 'monitor',
    to: 'bob',
    language: 'en-GB',
    senders: [monitor],
    count: 17,
    isAutomatic: true,
    shape: 'text',
    charset: 'us-ascii',
    greetings: ['Host:     {host}.ulti-infra.example\nTicket:   #{number}'],
    topics: [
      {
        subject: '[PROBLEM] {host}: disk almost full',
        text: 'Volume /var is at 96%. At the present rate it is full in {count} hours.\nLargest directory: /var/log/journal',
      },
      {
        subject: '[RECOVERY] {host} is up',
        text: 'All checks answer again. The outage lasted {count} minutes.\nNo action is needed.',
      },
      {
        subject: '[WARNING] {host}: certificate expires soon',
        text: 'The certificate of {host} expires in {count} days and was not renewed.\nLast renewal log: "rate limited, will retry"',
      },
      {
        subject: '[PROBLEM] {host}: load {room}.{count}',
        text: 'Load is high, {count} processes wait for disk. Top: rsync, postgres, rsync.',
      },
    ],
    closings: ['-- \nSilence this check for a day: https://monitor.ulti-infra.example/s/{number}'],
  },
  {
    key: 'backup',
    to: 'bob',
    language: 'en-GB',
    senders: [backup],
    count: 9,
    isAutomatic: true,
    shape: 'text',
    greetings: ['repository  /srv/backup/{host}\nsnapshot    {number}\nfiles new   {count}\nadded       {amount} MiB'],
    topics: [
      { subject: 'Backup OK: {host}', text: 'no errors were found' },
      {
        subject: 'Backup of {host} finished with warnings',
        text: '{room} files changed while they were read, among them:\n  /var/lib/app/session.tmp\n  /var/log/syslog',
      },
      { subject: 'Weekly restore test of {host}: passed', text: 'restored 200 random files, compared all, all equal' },
    ],
    closings: ['finished without human help'],
  },
]
