import type { SearchNode, SearchSource, SourceHit, SourceRequest } from '#modules/search/index.ts'
import { isPhrasal, isWordTree, looseQuery, type WordTree, wordQuery } from '#platform/words/word-query.ts'
import { wordPattern } from '#platform/words/words.ts'
import { acrossMailboxes, type ReadableBy } from './search-across.ts'
import type { FoundMessage, MailSearchStore, SearchPage } from './search-store.ts'

/** Longer than any look-up of words takes. */
const timeoutMs = 1500
/** For a phrase, for which the texts of all messages with its words may have to be read. */
const phraseTimeoutMs = 300
/** Messages that one statement reads. */
const depth = 3000
/** As many messages with all words of a phrase are read at once. */
const maxCandidates = 2000

/** Lets mail be found by its subject, people and text, and by all that `SearchNode` asks for. */
export function createMailSearchSource(deps: { store: MailSearchStore; readableBy: ReadableBy }): SearchSource {
  return acrossMailboxes(createOwnSource(deps), deps.readableBy)
}

/** The mail of one owner. */
function createOwnSource({ store }: { store: MailSearchStore }): SearchSource {
  /** What is found so far when the time is over. */
  async function inStrides(page: SearchPage, deadline: number, found: readonly FoundMessage[] = []) {
    const hits = [...found]
    for (let after = page.after; ; ) {
      const rest = deadline - performance.now()
      const stride =
        rest > 1 ? await store.stride({ ...page, after, limit: page.limit - hits.length }, depth, rest) : undefined
      hits.push(...(stride?.hits ?? []))
      if (!stride) return { hits, isIncomplete: true }
      if (!stride.end || hits.length >= page.limit) return { hits, isIncomplete: false }
      after = stride.end
    }
  }

  /** The newest messages first; then those that have its words, where these are few, or else stride by stride. */
  async function byPhrase(whole: SearchPage, tree: WordTree) {
    const deadline = performance.now() + phraseTimeoutMs
    const newest = await store.stride(whole, depth, phraseTimeoutMs)
    if (newest && !newest.end) return { hits: newest.hits, isIncomplete: false }
    const page = { ...whole, after: newest?.end ?? whole.after, limit: whole.limit - (newest?.hits.length ?? 0) }
    const candidates = looseQuery(tree)
    if (candidates !== '') {
      const count = await store.count(page, candidates, maxCandidates + 1, phraseTimeoutMs)
      const rest = deadline - performance.now()
      if (count !== undefined && count <= maxCandidates && rest > 1) {
        const hits = await store.findAmong(page, candidates, rest)
        if (hits) return { hits: [...(newest?.hits ?? []), ...hits], isIncomplete: false }
      }
    }
    return inStrides({ ...page, limit: whole.limit }, deadline, newest?.hits)
  }

  async function found(page: SearchPage) {
    if (isWordTree(page.root) && isPhrasal(page.root)) return byPhrase(page, page.root)
    const deadline = performance.now() + timeoutMs
    const found = await store.find(page, timeoutMs)
    if (found && !found.end) return { hits: found.hits, isIncomplete: false }
    // Much of what matches is in Trash, or it took too long.
    const after = found?.end ?? page.after
    return inStrides({ ...page, after }, found ? deadline : performance.now() + phraseTimeoutMs, found?.hits)
  }

  return {
    types: [{ type: 'mail.message', permission: 'mail:read' }],
    async search(request) {
      const { hits, isIncomplete } = await found(pageOf(request))
      return { hits: hits.map(hitOf), isIncomplete }
    },
    async rank(request) {
      const page = pageOf(request)
      const rows = await store.rank(page, wordQuery(request.query.words), timeoutMs)
      // Better the newest ones, in their order, than none.
      if (!rows)
        return { hits: ((await store.stride(page, depth, timeoutMs))?.hits ?? []).map(unranked), isIncomplete: true }
      const hits = rows.map((row) => ({
        ...{ id: row.id, when: row.received_at, type: 'mail.message', textRank: row.rank },
        importance: (row.is_known ? 0.7 : 0) + (row.is_starred ? 0.3 : 0),
      }))
      return { hits, isIncomplete: false }
    },
    async present(request, ids) {
      return (await store.present(pageOf(request), ids)).map(hitOf)
    },
    similarWords: store.similarWords,
    async complete({ ownerId, limit }, beginning) {
      const pattern = wordPattern(beginning, { isPrefix: true })
      const rows = pattern === undefined ? [] : await store.beginning(ownerId, pattern, limit)
      return (rows ?? []).map((row) => ({ title: row.subject, who: { name: row.from_name, email: row.from_email } }))
    },
    async count(request) {
      const rows = await store.counted(pageOf(request), timeoutMs)
      return (rows ?? []).map(({ year, name, email }) => ({ type: 'mail.message', year, who: { name, email } }))
    },
  }
}

function pageOf({ ownerId, query, after, limit }: SourceRequest): SearchPage {
  return { ownerId, root: query.root, after, limit, isEverywhere: namesFolder(query.root) }
}

/** Whoever says where to look is not kept from looking into Trash and Junk. */
function namesFolder(node: SearchNode): boolean {
  if (node.kind === 'not') return namesFolder(node.node)
  if ('nodes' in node) return node.nodes.some(namesFolder)
  return node.kind === 'field' && node.field === 'in'
}

const unranked = ({ id, received_at }: FoundMessage) => ({
  ...{ id, when: received_at, type: 'mail.message', textRank: 0, importance: 0 },
})

const hitOf = (message: FoundMessage): SourceHit => ({
  type: 'mail.message',
  id: message.id,
  when: message.received_at,
  title: message.subject,
  text: message.text?.trim() ? message.text : message.preview,
  who: { name: message.from_name, email: message.from_email },
  link: `/api/v1/mail/messages/${message.id}`,
  place: { mail_account_id: message.mail_account_id, folder_id: message.folder_id },
})
