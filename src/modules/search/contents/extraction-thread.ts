import { answerTasks } from '#platform/threads/answer-tasks.ts'
import { type ExtractionTask, extractText } from './extract-text.ts'

answerTasks<ExtractionTask>(async (task) => ({ answer: await extractText(task) }))
