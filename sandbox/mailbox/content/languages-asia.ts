import { person } from '../people.ts'
import type { ForeignLetter } from './languages.ts'

/** The languages from the Levant to Japan. */
export const asianLetters: readonly ForeignLetter[] = [
  {
    key: 'utf8-ar',
    to: 'alice',
    from: person('ليلى الحسن', 'layla@dar-alkutub.example', 'Asia/Amman'),
    age: '2d 10:20',
    charset: 'utf-8',
    encoding: '8bit',
    form: 'B',
    isRightToLeft: true,
    subject: 'قصص الأطفال باللغتين العربية والفرنسية',
    text: `السيدة أليس المحترمة،

يسعدنا أن نرسل إلى مكتبة المدرسة اثني عشر كتاباً من قصص الأطفال باللغتين
العربية والفرنسية. رقم الشحنة هو TR-4471 وتصل يوم الثلاثاء إن شاء الله.

مع أطيب التحيات،
ليلى الحسن`,
    fileName: 'غلاف الكتاب.png',
  },
  {
    key: 'cp1256-ar',
    to: 'carol',
    from: person('سامي الخطيب', 'sami@medina-tawama.example', 'Africa/Tunis'),
    age: '33d 09:00',
    charset: 'windows-1256',
    encoding: 'base64',
    form: 'B',
    isRightToLeft: true,
    subject: 'دعوة إلى أسبوع المدن المتوسطية',
    text: `السيدة كارول المحترمة،

تتشرف بلديتنا بدعوتكم إلى أسبوع المدن المتوسطية. البرنامج والتفاصيل في
رسالة قادمة، ونرجو تأكيد عدد المشاركين.

مع التقدير،
سامي الخطيب`,
  },
  {
    key: 'utf8-he',
    to: 'alice',
    from: person('נועה לוי', 'noa.levi@beit-sefer.example', 'Asia/Jerusalem'),
    age: '7d 06:35',
    charset: 'utf-8',
    encoding: 'base64',
    form: 'B',
    isRightToLeft: true,
    subject: 'חברים לעט: המכתבים של כיתה ד׳ בדרך אליכם',
    text: `שלום אליס,

תלמידי כיתה ד׳ סיימו לכתוב את המכתבים לחברים שלהם אצלכם. שלחנו היום חבילה
עם 23 מכתבים, ציור אחד גדול ומתכון לעוגיות. בתיאבון!

בברכה,
נועה לוי`,
  },
  {
    key: 'cp1255-he',
    to: 'bob',
    from: person('איתן ברק', 'eitan@reshet.example', 'Asia/Jerusalem'),
    age: '51d 07:10',
    charset: 'windows-1255',
    encoding: '8bit',
    form: 'B',
    isRightToLeft: true,
    subject: 'עדכון תעודות האבטחה',
    text: `שלום בוב,

חידשנו את תעודות האבטחה של שרת הבדיקות. התוקף: שנה אחת. אין צורך לעשות דבר.

תודה,
איתן`,
  },
  {
    key: 'iso2022jp-ja',
    to: 'alice',
    from: person('田中花子', 'hanako.tanaka@sakura-shougakkou.example', 'Asia/Tokyo'),
    age: '3d 01:30',
    charset: 'iso-2022-jp',
    encoding: '7bit',
    form: 'B',
    subject: '折り紙の作品をお送りしました',
    text: `マルタン校長先生

いつもお世話になっております。さくら小学校の田中です。
四年生が折った千羽鶴を、本日航空便でお送りしました。
二週間ほどで届く予定です。

どうぞよろしくお願いいたします。
田中花子`,
  },
  {
    key: 'sjis-ja',
    to: 'bob',
    from: person('佐藤健', 'sato@denki-kikai.example', 'Asia/Tokyo'),
    age: '37d 02:15',
    charset: 'shift_jis',
    encoding: 'base64',
    form: 'B',
    subject: 'ネットワーク機器の保証書について',
    text: `ケラー様

お問い合わせの機器の保証期間は、あと一年です。
表示の「ソ」や「能」が文字化けする場合は、ご連絡ください。

佐藤健`,
  },
  {
    key: 'gb18030-zh',
    to: 'alice',
    from: person('王小明', 'wang.xiaoming@hexie-xuexiao.example', 'Asia/Shanghai'),
    age: '10d 03:05',
    charset: 'gb18030',
    encoding: '8bit',
    form: 'B',
    subject: '两校视频课的时间安排',
    text: `马丁校长:

您好!我们建议把第一次视频课安排在下周三,你们的上午九点,
正好是我们的下午。孩子们准备了三首歌和一个关于熊猫的故事。

祝好
王小明`,
  },
  {
    key: 'big5-zh',
    to: 'carol',
    from: person('陳美玲', 'meiling@taiwan-chaguan.example', 'Asia/Taipei'),
    age: '21d 04:45',
    charset: 'big5',
    encoding: 'base64',
    form: 'B',
    subject: '茶葉展覽的邀請函與功課表',
    text: `杜阿爾特女士:

感謝貴市的邀請。我們將帶來十二種高山茶,以及一位很會講故事的師傅。
展覽需要熱水、兩張長桌,還有許多好奇的人。

陳美玲 敬上`,
  },
  {
    key: 'euckr-ko',
    to: 'alice',
    from: person('김민지', 'minji.kim@hanbit-school.example', 'Asia/Seoul'),
    age: '13d 00:50',
    charset: 'euc-kr',
    encoding: '8bit',
    form: 'B',
    subject: '가을 그림 전시회에 초대합니다',
    text: `마르탱 교장 선생님께,

안녕하세요. 한빛초등학교 김민지입니다.
다음 달에 열리는 어린이 그림 전시회에 귀교의 작품도 함께 걸고 싶습니다.
작품은 열 점까지 보내 주시면 됩니다.

감사합니다.
김민지 드림`,
    fileName: '전시회 포스터 🎨.png',
  },
  {
    key: 'utf8-ja',
    to: 'alice',
    from: person('髙橋さくら 🌸', 'takahashi@kotoba.example', 'Asia/Tokyo'),
    age: '260m',
    charset: 'utf-8',
    encoding: 'quoted-printable',
    form: 'B',
    subject: '🌸 春の交流会のご案内(とても長い件名なので、ここで折り返しが必要になりますがどうかご容赦ください)',
    text: `アリス先生

春の交流会を四月に開きます。①歌 ②折り紙 ③お弁当 の順です。
「髙」の字も「①」も、きちんと見えていますように。

髙橋さくら`,
  },
]
