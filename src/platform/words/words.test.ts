import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { sql } from 'kysely'
import { tsvectors } from '#platform/database/binary-arrays.ts'
import { openTestDatabase } from '../../../test/harness/open-database.ts'
import { fc } from '../../../test/harness/properties.ts'
import { createWordIndex } from './word-index.ts'
import { isPhrasal, isWordTree, looseQuery, phraseQuery, type WordTree, wordQuery } from './word-query.ts'
import { wordsOf } from './words.ts'

const index = createWordIndex()
const one = phraseQuery
const words = (text: string, isPrefix = false): WordTree => ({ kind: 'words', text, isPhrase: false, isPrefix })
const beginning = (text: string) => wordQuery(words(text, true))
const butNot = (wanted: string, other: string) =>
  wordQuery({ kind: 'all', nodes: [words(wanted), { kind: 'not', node: words(other) }] })

suite('words', () => {
  let opened: Awaited<ReturnType<typeof openTestDatabase>>
  before(async () => {
    opened = await openTestDatabase()
  })
  after(() => opened.close())

  async function ask<T>(vector: Uint8Array, what: string): Promise<T> {
    const { rows } = await sql<{ answer: T }>`select ${sql.raw(what)} as answer
      from unnest(${tsvectors([vector])}::tsvector[]) as one (words)`.execute(opened.database)
    return rows[0]?.answer as T
  }
  const vectorOf = (text: string) => {
    index.add(Buffer.from(text), 'C')
    return index.finish()
  }
  async function finds(text: string, query: string): Promise<boolean> {
    const { rows } = await sql<{ found: boolean }>`select words @@ ${query}::tsquery as found
      from unnest(${tsvectors([vectorOf(text)])}::tsvector[]) as one (words)`.execute(opened.database)
    return rows[0]?.found ?? false
  }

  test('a word is found whatever its case and accents, in any script', async () => {
    const text = 'Café “crème”, Ünïcode straße Œuvre Ørsted ŁÓDŹ İstanbul ΣΊΣΥΦΟΣ Ёлка 日本語 한국어 M² naïve—or not'
    for (const word of [
      'cafe',
      'CRÈME',
      'unicode',
      'strasse',
      'Straße',
      'oeuvre',
      'orsted',
      'lodz',
      'istanbul',
      'Σίσυφος',
      'елка',
      '日本語',
      '한국어',
      'm2',
      'naive',
      'or',
    ]) {
      assert(await finds(text, one(word)), word)
    }
    for (const word of ['caf', 'ö', 'sted']) assert(!(await finds(text, one(word))), word)
  })

  test('what is written together is found together; the last word may be a beginning', async () => {
    const text = 'Write to ann.o\'neill+news@mail.example.com about well-known, 3.14 and C:\\path_to "it"'
    for (const together of ['well-known', "ann.o'neill", "o'neill", 'mail.example.com', '3.14', 'path_to', 'known 3']) {
      assert(await finds(text, one(together)), together)
    }
    assert(!(await finds(text, one('known-well'))))
    assert(!(await finds(text, one('example ann'))))
    assert(await finds(text, beginning('mail.exa')))
    assert(!(await finds(text, beginning('mai.exa'))))
    assert(!(await finds(text, one('mail.exa'))))
    assert(await finds(text, butNot('about', 'nowhere')))
    assert(!(await finds(text, butNot('about', 'well'))))
  })

  test('fields have their weights, no phrase reaches over two, and people are found by their addresses', async () => {
    index.add(Buffer.from('Lunch plans'), 'A')
    index.add(Buffer.from("Ann.O'Neill@Example.com"), 'B')
    index.add(Buffer.from('tomorrow at noon'), 'C')
    const vector = index.finish()
    assert.equal(await ask(vector, "words @@ '''plans'' <-> ''tomorrow'''::tsquery"), false)
    assert.equal(await ask(vector, "words @@ 'lunch:A & tomorrow:C'::tsquery"), true)
    assert.equal(await ask(vector, "words @@ '(ann <-> o <-> neill) & !plan'::tsquery"), true)
  })

  test('nothing, or nothing but signs, finds nothing and hurts nobody', async () => {
    assert.equal(one("- !! &|()\\ ' :*"), '')
    assert.equal(await finds('word', one("'' \\' word'\\")), true)
    assert.equal(await finds('', one('word')), false)
    assert.equal(await finds('x'.repeat(101), one('x'.repeat(101))), false)
  })

  test('a word is found in its other forms, in English and French, but for in quotes and after a minus', async () => {
    const english = 'The invoices were paid by those who have been meeting with us, and that is the end of it'
    const french =
      'Les factures de la réunion sont payées par les travaux que vous avez envoyés dans une lettre pour nous'
    for (const word of ['invoice', 'meetings', 'ends']) assert(await finds(english, wordQuery(words(word))), word)
    for (const word of ['facture', 'réunions', 'payer', 'travail', 'envoyer', 'envoyée', 'lettres']) {
      assert(await finds(french, wordQuery(words(word))), word)
      assert(!(await finds(french, one(word))), word)
    }
    assert(await finds(french, butNot('lettre', 'facture')))
    const [exact, other] = ['Your invoice', 'Your invoices'].map((text) => {
      index.add(Buffer.from(text), 'A')
      return index.finish()
    })
    const rank = `ts_rank('{0.05, 0.2, 0.6, 1}', words, '${wordQuery(words('invoice')).replaceAll("'", "''")}')::float8`
    const [best = 0, worse = 0] = [
      await ask<number>(exact as Uint8Array, rank),
      await ask<number>(other as Uint8Array, rank),
    ]
    assert(best > worse && worse > 0)
  })

  test('Chinese, Japanese and Korean are found by any two letters that stand together', async () => {
    const text = '東京都の天気は晴れです。PostgreSQL入門 한국어문서'
    for (const word of ['東京', '京都', '東京都', '天気', 'postgresql', '入門', '국어', '晴れです', '東']) {
      assert(await finds(text, wordQuery(words(word))), word)
    }
    for (const word of ['都東', '東都', '天晴']) assert(!(await finds(text, wordQuery(words(word)))), word)
  })

  test('what the index alone can answer finds at least all that the query does', async () => {
    const tree = (depth: number): fc.Arbitrary<WordTree> => {
      const leaf = fc.constantFrom('ann', 'bob-carl', 'dan eve', 'fay').map((text) => words(text))
      if (depth === 0) return leaf
      const nodes = fc.array(tree(depth - 1), { minLength: 1, maxLength: 3 })
      const not = tree(depth - 1).map((node): WordTree => ({ kind: 'not', node }))
      const kind = fc.constantFrom('all' as const, 'any' as const)
      return fc.oneof(leaf, not, fc.record({ kind, nodes }))
    }
    const text = fc.array(fc.constantFrom('ann', 'bob', 'carl', 'dan', 'eve', 'fay', 'gus'), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(tree(3), text, async (wanted, held) => {
        assert(isWordTree(wanted))
        const loose = looseQuery(wanted)
        const isFound = await finds(held.join(' '), wordQuery(wanted))
        if (isFound && loose !== '') assert(await finds(held.join(' '), loose))
        if (!isPhrasal(wanted) && loose === wordQuery(wanted)) assert.equal(await finds(held.join(' '), loose), isFound)
      }),
      { numRuns: 100 },
    )
  })

  const alphabet = [
    ...'abcZ019 .-_@\n',
    'é',
    'É',
    'ß',
    'Ǆ',
    'ŉ',
    '²',
    '½',
    '—',
    '’',
    '\u00a0',
    '\u0301',
    '\u200b',
    'ж',
    '漢',
    '한',
    '𝒜',
    '🎉',
    'İ',
    'ſ',
    'µ',
  ]
  const anyText = fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 60 })

  test('an index holds exactly the words that a query makes, at their places', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (first, second) => {
        index.add(Buffer.from(first), 'A')
        index.add(Buffer.from(second), 'C')
        const found = await ask<string[]>(
          index.finish(),
          "array(select lexeme || ':' || place from unnest(words) as w cross join lateral unnest(w.positions) as place where lexeme not like '=%')",
        )
        const ours = [...wordsOf(first).map((word, at) => `${word}:${at + 2}`)]
        const from = ours.length + 3
        ours.push(...wordsOf(second).map((word, at) => `${word}:${at + from}`))
        assert.deepEqual(found.sort(), ours.sort())
      }),
      { numRuns: 200, seed: 1 },
    )
  })

  test('more words and places than a tsvector holds are cut, not refused', async () => {
    const many = Array.from(
      { length: 120_000 },
      (_, at) => `same w${at.toString(36)}x${(at * 7919).toString(36)}`,
    ).join(' ')
    const vector = vectorOf(many)
    assert((await ask<number>(vector, 'length(words)')) > 30_000)
    assert.equal(await ask(vector, "words @@ 'same & w0x0'::tsquery"), true)
    assert.deepEqual(await ask(vectorOf('small again'), 'words::text'), "'=smal':2 'again':3C 'small':2C")
  })
})
