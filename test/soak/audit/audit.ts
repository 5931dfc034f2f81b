import { setTimeout as delay } from 'node:timers/promises'
import { auditCollections } from './collections.ts'
import { auditDrive } from './drive.ts'
import { auditEvents, auditWebhooks } from './events.ts'
import type { Evidence, Finding } from './finding.ts'
import { auditLeaks, auditLogs, auditMemory } from './leaks.ts'
import { auditDelivered, auditMailboxes, auditSent } from './mail.ts'
import { auditOthers } from './others.ts'
import { settle } from './settle.ts'
import { auditAnswers, auditLatency } from './traffic.ts'

/** Waits until all that was begun has come to an end, and holds what is there to what was promised. */
export async function audit(evidence: Evidence): Promise<Finding[]> {
  const findings = [await settle(evidence)]
  for (const examine of examinations) findings.push(await examine(evidence))
  await Promise.all(evidence.followers.flatMap(({ socket, stream }) => [socket.stop(), stream.stop()]))
  await delay(1000)
  findings.push(await auditLeaks(evidence))
  return findings
}

const examinations: readonly ((evidence: Evidence) => Promise<Finding>)[] = [
  ...[auditMailboxes, auditSent, auditDelivered, auditEvents, auditWebhooks],
  ...[auditDrive, auditCollections, auditOthers, auditAnswers, auditLatency, auditMemory, auditLogs],
]
