package pcpos

import (
	"maps"
	"slices"

	"mofasa/tenants/fault"
)

// Verdict is what a code alone says about the money of an attempt.
type Verdict int

// The verdicts. Whoever meets Unsure asks the terminal by order number before anything else, and never calls the attempt declined without its answer.
const (
	Unsure   Verdict = iota // nobody can tell from the code
	Declined                // surely not charged: the payer may try again
	Charged                 // paid, if a reference and the right amount come with it
)

// Code is one answer code with its meaning.
type Code struct {
	Code    string
	Verdict Verdict
	Text    fault.Text
}

// Paid is the code of success.
const Paid = "00"

// Lookup explains a code of PosResponse or of a record. One that no document lists is Unsure.
func Lookup(code string) Code {
	if known, ok := codes[code]; ok {
		return known
	}
	return Code{Code: code, Text: fault.Text{FA: "کارت‌خوان کدی داد که در راهنمایش نیست.", EN: "The terminal answered with a code that its manual does not list."}}
}

// Codes lists every documented code, in order.
func Codes() []Code {
	return slices.SortedFunc(maps.Values(codes), func(a, b Code) int {
		if len(a.Code) != len(b.Code) {
			return len(a.Code) - len(b.Code)
		}
		return map[bool]int{true: -1, false: 1}[a.Code < b.Code]
	})
}

// table lays meanings out by code; several codes may share one.
func table(rows []row) map[string]Code {
	all := map[string]Code{}
	for _, r := range rows {
		for _, code := range r.codes {
			if _, twice := all[code]; twice {
				panic("pcpos: code listed twice: " + code)
			}
			all[code] = Code{Code: code, Verdict: r.verdict, Text: fault.Text{FA: r.fa, EN: r.en}}
		}
	}
	return all
}

type row struct {
	codes   []string
	verdict Verdict
	fa, en  string
}

func codesOf(list ...string) []string { return list }

// codes is the list of PcPos Errors 1.3. Declined are the refusals of the issuer and of the request itself; everything of links, hosts and duplicates is Unsure.
var codes = table([]row{
	{codesOf("00"), Charged, "پرداخت انجام شد.", "Paid."},
	{codesOf("03"), Unsure, "پایانه ثبت نشده است.", "The terminal is not registered."},
	{codesOf("05"), Declined, "تراکنش پذیرفته نشد.", "The transaction was rejected."},
	{codesOf("06"), Unsure, "ورود پایانه به مرکز ناموفق بود.", "The terminal could not log on."},
	{codesOf("07"), Unsure, "کد تأیید هویت داده نشد.", "There is no authentication code."},
	{codesOf("12"), Declined, "تراکنش نادرست است.", "The transaction is incorrect."},
	{codesOf("13"), Declined, "مبلغ نادرست است.", "The amount is incorrect."},
	{codesOf("14"), Declined, "کارت شناخته نشد.", "The card is unknown."},
	{codesOf("15"), Unsure, "پایانه پیش‌تر باز شده است.", "It was opened before."},
	{codesOf("16"), Unsure, "پایانه پیش‌تر بسته شده است.", "It was closed before."},
	{codesOf("19"), Unsure, "مرکز خواست دوباره تلاش شود.", "The centre asks to try again."},
	{codesOf("20"), Declined, "قبض پذیرفته نشد.", "The bill was not accepted."},
	{codesOf("21"), Unsure, "پایانه در ساعت کاری خود نیست.", "There is a problem with the working time."},
	{codesOf("24", "29", "90"), Unsure, "سامانه در حال بستن حساب روز است.", "The day is being closed."},
	{codesOf("25"), Unsure, "سریال کارت‌خوان پذیرفته نشد.", "The serial number of the terminal was refused."},
	{codesOf("30"), Declined, "قالب پیام یا تسهیم نادرست است.", "The format or the division among accounts is wrong."},
	{codesOf("31"), Declined, "بانک صادرکنندهٔ کارت نپذیرفت.", "The issuer rejected it."},
	{codesOf("32"), Unsure, "پایانه فعال نیست.", "The terminal is inactive."},
	{codesOf("33", "54"), Declined, "تاریخ کارت گذشته است.", "The card has expired."},
	{codesOf("34"), Unsure, "تراکنش اصلی تأیید نشده است.", "The original was not approved."},
	{codesOf("38", "75"), Declined, "شمار رمزهای نادرست از حد گذشت.", "The PIN was wrong too many times."},
	{codesOf("41"), Declined, "کارت گم‌شده است.", "The card is reported lost."},
	{codesOf("43"), Declined, "کارت دزدیده‌شده است.", "The card is reported stolen."},
	{codesOf("44"), Unsure, "شارژ در دسترس نیست.", "Charge is not available."},
	{codesOf("47"), Unsure, "مهلت آن گذشته است.", "Its date has expired."},
	{codesOf("48"), Unsure, "این تراکنش پیش‌تر انجام شده است.", "This was done before."},
	{codesOf("51"), Declined, "موجودی کافی نیست.", "The funds are insufficient."},
	{codesOf("55"), Declined, "رمز نادرست است.", "The PIN is wrong."},
	{codesOf("56"), Declined, "کارت نادرست است.", "The card is wrong."},
	{codesOf("57", "58"), Declined, "این کار برای این کارت یا پایانه مجاز نیست.", "This operation is not valid for the card or the terminal."},
	{codesOf("60"), Unsure, "فهرست سیاه آماده نیست.", "The blacklist is not ready."},
	{codesOf("61", "62"), Declined, "مبلغ از سقف مجاز بیشتر است.", "The amount is over the limit."},
	{codesOf("63"), Unsure, "رمز پیام نادرست است.", "The MAC is wrong."},
	{codesOf("64", "70", "71"), Unsure, "تراکنش نادرست است.", "The transaction is incorrect."},
	{codesOf("65"), Declined, "شمار تراکنش‌ها از سقف مجاز بیشتر است.", "The count of transactions is over the limit."},
	{codesOf("66"), Declined, "حساب مسدود است.", "The account is blocked."},
	{codesOf("68"), Unsure, "مانده نادرست است.", "The balance is wrong."},
	{codesOf("77"), Unsure, "روز کاری پایانه نادرست است.", "The business day is wrong."},
	{codesOf("78"), Declined, "کارت فعال نیست.", "The card is inactive."},
	{codesOf("79"), Declined, "حساب تعریف نشده است.", "The account is undefined."},
	{codesOf("80"), Unsure, "مرکز در دسترس نیست.", "The host is down."},
	{codesOf("81"), Declined, "کارت باطل شده است.", "The card is cancelled."},
	{codesOf("83", "84"), Unsure, "مرکز پاسخ نمی‌دهد.", "The centre is not present."},
	{codesOf("85", "88", "89"), Unsure, "خطای درونی مرکز.", "There was an internal error."},
	{codesOf("86"), Declined, "این کارت‌خوان مجاز نیست.", "The terminal is forbidden."},
	{codesOf("87"), Unsure, "خطای رمز.", "There was a PIN error."},
	{codesOf("91"), Unsure, "بانک صادرکننده در دسترس نیست.", "The issuer is down."},
	{codesOf("92"), Unsure, "بانک صادرکننده نامعتبر است.", "The issuer is invalid."},
	{codesOf("93"), Unsure, "صف مرکز پر است.", "The queue is full."},
	{codesOf("94"), Unsure, "تراکنش تکراری است.", "The transaction is a duplicate."},
	{codesOf("96"), Unsure, "خطای مرکز.", "There was a central error."},
	{codesOf("97"), Unsure, "تراکنش آغاز نشده است.", "It was not started."},

	{codesOf("332"), Unsure, "خطای درونی کارت‌خوان.", "The terminal had an internal error."},
	{codesOf("333"), Unsure, "خط ارتباط حامل ندارد.", "The line has no carrier."},
	{codesOf("334"), Unsure, "خط مشغول است.", "The line is busy."},
	{codesOf("335"), Unsure, "خط بوق ندارد.", "The line has no tone."},
	{codesOf("336"), Unsure, "مهلت پاسخ مرکز گذشت.", "The centre did not answer in time."},
	{codesOf("337"), Unsure, "کاغذ کارت‌خوان تمام شده است.", "The terminal is out of paper."},
	{codesOf("343", "344"), Unsure, "رمز عبور کارت‌خوان نادرست است.", "The terminal's password is wrong."},
	{codesOf("345"), Unsure, "کارت خوانده نشد.", "The card could not be read."},
	{codesOf("346"), Unsure, "تراکنشی یافت نشد.", "There is no such record."},
	{codesOf("347"), Unsure, "کارت‌خوان باید نخست وارد شود.", "The terminal has to log on first."},
	{codesOf("348", "349", "351"), Declined, "شناسهٔ قبض نادرست است.", "The bill id is wrong."},
	{codesOf("350", "352"), Declined, "شناسهٔ پرداخت نادرست است.", "The payment id is wrong."},
	{codesOf("353"), Unsure, "شماره‌گیری ناموفق بود.", "Dialling failed."},
	{codesOf("354"), Unsure, "پاسخی از مرکز نرسید.", "No response came from the centre."},
	{codesOf("356"), Unsure, "خطای بلوک رمز.", "There was a PIN block error."},
	{codesOf("357"), Unsure, "کارت‌خوان در حال به‌روزرسانی است.", "The terminal is in TMS mode."},
	{codesOf("358", "359"), Unsure, "کارت‌خوان به مرکز وصل نشد.", "The terminal could not connect to its host."},
	{codesOf("360", "361"), Unsure, "دستگاه یا سیم آن ایراد دارد.", "The device or its cable is at fault."},
	{codesOf("362"), Unsure, "ورودی نادرست است.", "The input is wrong."},
	{codesOf("363"), Unsure, "این کار در کارت‌خوان پیاده نشده است.", "The terminal does not implement this."},
	{codesOf("364"), Unsure, "شناسهٔ خرید نادرست است.", "The sale id is wrong."},
	{codesOf("365"), Unsure, "مقدارها با هم نمی‌خوانند.", "The values do not match."},
	{codesOf("366"), Unsure, "کلید کارت نمی‌خواند.", "The key does not match."},
	{codesOf("367"), Unsure, "این کار مجاز نیست.", "This is not allowed."},
	{codesOf("368"), Unsure, "کد ملی نادرست است.", "The national code is wrong."},
	{codesOf("369", "370", "371", "372", "373"), Unsure, "نوبت کاری کارت‌خوان باز یا بسته نیست.", "The terminal's shift is not open, or not closed."},
	{codesOf("374", "446", "449"), Unsure, "شبکهٔ بی‌سیم کارت‌خوان ایراد دارد.", "The terminal's WiFi is at fault."},
	{codesOf("379"), Unsure, "کلید کارت‌خوان ایراد دارد.", "The terminal's key is at fault."},
	{codesOf("443"), Unsure, "نسخهٔ آزمایشی کارت‌خوان منقضی شده است.", "The terminal's test version has expired."},
	{codesOf("450", "451", "452", "453", "454", "455", "456"), Unsure, "خطای کارت فراپی.", "There was an error of a FaraPay card."},

	{codesOf("205"), Declined, "شناسهٔ قبض نادرست است.", "The bill id is wrong."},
	{codesOf("206"), Declined, "شناسهٔ پرداخت نادرست است.", "The payment id is wrong."},
	{codesOf("208"), Unsure, "شناسهٔ خرید بلندتر از ۴۰ نویسه است.", "The sale id is longer than 40 characters."},
	{codesOf("209", "210"), Unsure, "شمارهٔ سفارش خالی یا بیش از اندازه بلند است.", "The order number is empty or too long."},
	{codesOf("211"), Unsure, "شمار حساب‌ها باید ۱ تا ۱۰ باشد.", "There must be 1 to 10 accounts."},
	{codesOf("214"), Unsure, "مبلغ نادرست است.", "The amount is wrong."},
	{codesOf("215"), Unsure, "ردیف حساب باید ۱ تا ۹۹۹۹ باشد.", "The row of an account must be 1 to 9999."},
	{codesOf("220"), Unsure, "شمار تراکنش‌های خواسته‌شده نادرست است.", "The count of transactions asked for is wrong."},
	{codesOf("222"), Unsure, "مهلت پاسخ کارت‌خوان گذشت.", "The terminal did not answer in time."},
	{codesOf("223"), Unsure, "به کارت‌خوان وصل نشد.", "The terminal could not be reached."},
})
