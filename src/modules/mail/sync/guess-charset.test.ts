import assert from 'node:assert/strict'
import { test } from 'node:test'
import iconv from 'iconv-lite'
import { fc } from '../../../../test/harness/properties.ts'
import { startStopwatch } from '../../../../test/harness/stopwatch.ts'
import { decodeText } from './decode-text.ts'
import { guessCharset } from './guess-charset.ts'

const decode = (bytes: Buffer, charset: string | null) => decodeText(bytes, { encoding: '8bit', charset })

const texts: [charset: string, text: string][] = [
  ['windows-1251', 'Здравствуйте! Ваш заказ отправлен и будет доставлен завтра утром.'],
  ['koi8-r', 'Здравствуйте! Ваш заказ отправлен и будет доставлен завтра утром.'],
  ['windows-1253', 'Καλημέρα σας, η παραγγελία σας έχει σταλεί και θα φτάσει αύριο το πρωί.'],
  ['gb18030', '您好，您的订单已经发货，预计明天上午送达。感谢您的支持。'],
  ['big5', '您好，您的訂單已經出貨，預計明天上午送達。感謝您的支持。'],
  ['shift_jis', 'こんにちは。ご注文の商品を発送しました。明日の朝に届く予定です。'],
  ['euc-jp', 'こんにちは。ご注文の商品を発送しました。明日の朝に届く予定です。'],
  ['euc-kr', '안녕하세요. 주문하신 상품이 발송되었습니다. 내일 아침에 도착할 예정입니다.'],
  ['windows-1252', 'Ihre Bestellung ist unterwegs – schöne Grüße aus München, café à côté, mañana'],
]

test('a text without a label, or with that of UTF-8 or ASCII, is read as it was written', () => {
  for (const [charset, text] of texts) {
    const bytes = iconv.encode(text, charset)
    for (const label of [null, 'utf-8', 'us-ascii', 'x-unknown'])
      assert.equal(decode(bytes, label), text, `${charset} as ${label}`)
  }
})

test('what is called Latin but is UTF-8 is read as UTF-8, and what is Latin as that', () => {
  for (const label of ['iso-8859-1', 'windows-1252', 'iso-8859-15', 'Latin1']) {
    assert.equal(decode(Buffer.from('Grüße — voilà'), label), 'Grüße — voilà')
    assert.equal(decode(iconv.encode('Grüße', 'windows-1252'), label), 'Grüße')
  }
  assert.equal(decode(Buffer.from([0xa4]), 'iso-8859-15'), '€')
  assert.equal(decode(Buffer.from('“quoted”'), 'iso-8859-1'), '“quoted”')
})

test('bytes that name their charset themselves are believed', () => {
  assert.equal(decode(Buffer.from('\ufeffGrüße', 'utf16le'), null), 'Grüße')
  assert.equal(decode(Buffer.from('\u001b$B$3$s$K$A$O\u001b(B', 'latin1'), null), 'こんにちは')
  assert.equal(decode(Buffer.from('\u001b[1mПривет, как дела?\u001b[0m'), null).includes('Привет, как дела?'), true)
  const page = iconv.encode(
    '<html><head><meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2"></head>Zażółć',
    'iso-8859-2',
  )
  assert.match(decode(page, null), /Zażółć$/)
  assert.match(decode(Buffer.from('<meta charset=utf-8>Grüße'), 'us-ascii'), /Grüße$/)
})

test('a guess is made of any bytes, and soon', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.equal(typeof decode(Buffer.from(bytes), null), 'string')
      assert.equal(typeof guessCharset(Buffer.from(bytes)), 'string')
    }),
    { numRuns: 300 },
  )
  const stopwatch = startStopwatch()
  guessCharset(Buffer.alloc(10_000_000, 0xe1))
  assert(stopwatch.elapsedMs() < 1000)
})
