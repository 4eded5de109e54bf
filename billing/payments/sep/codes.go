package sep

import "mofasa/billing/payments/gateway"

// Codes are those of the token, receipt, verify and reverse calls (SEP IPG manual 4.1; 4 and 10 of manual 3.1; 21 of SEP's SDK).
func Codes() []gateway.Code {
	const start, inquire, verify, reverse = gateway.OpStart, gateway.OpInquire, gateway.OpVerify, gateway.OpReverse
	type by = map[gateway.Operation]gateway.Outcome
	state := func(s gateway.State) gateway.Outcome { return gateway.Outcome(s) }
	const refused, wrong, unsure = gateway.IsRefused, gateway.Misconfigures, gateway.IsUncertain
	return []gateway.Code{
		{Value: "0", Persian: "موفق؛ در رسید: در جریان", English: "success; in a receipt: not decided yet", Means: by{inquire: state(gateway.Pending), verify: state(gateway.Verified), reverse: state(gateway.Reversed)}},
		{Value: "1", Persian: "موفق؛ در رسید: انصراف کاربر", English: "success; in a receipt: the payer gave up", Means: by{start: gateway.Started, inquire: state(gateway.Cancelled)}},
		{Value: "2", Persian: "درخواست تکراری؛ در رسید: پرداخت‌شده", English: "repeated request; in a receipt: paid", Means: by{inquire: state(gateway.Paid), verify: state(gateway.Repeated), reverse: state(gateway.Reversed)}},
		{Value: "3", Persian: "پرداخت انجام نشد", English: "not paid", Means: by{inquire: state(gateway.Failed)}},
		{Value: "4", Persian: "کاربر در زمان مقرر پاسخ نداد", English: "the payer did not answer in time", Means: by{inquire: state(gateway.Expired)}},
		{Value: "5", Persian: "پارامتر نامعتبر؛ در تأیید و برگشت: تراکنش برگشت‌خورده", English: "invalid parameters; in verify and reverse: reversed", Means: by{start: refused, inquire: unsure, verify: state(gateway.Reversed), reverse: state(gateway.Reversed)}},
		{Value: "8", Persian: "نشانی اینترنتی پذیرنده مجاز نیست", English: "address not registered", Means: by{start: wrong, inquire: wrong}},
		{Value: "10", Persian: "توکن یافت نشد", English: "unknown token", Means: by{start: refused, inquire: state(gateway.NotFound)}},
		{Value: "12", Persian: "پایانه یافت نشد", English: "unknown terminal", Means: by{start: wrong, inquire: wrong}},
		{Value: "20", Persian: "پایانه غیرفعال است", English: "terminal disabled", Means: by{start: wrong, inquire: wrong}},
		{Value: "21", Persian: "قواعد تسهیم رعایت نشده است", English: "split rules violated", Means: by{start: refused, inquire: unsure}},
		{Value: "404", Persian: "رسیدی یافت نشد", English: "no receipt, or asked too late", Means: by{inquire: state(gateway.NotFound)}},
		{Value: "-2", Persian: "تراکنش یافت نشد", English: "transaction not found", Means: by{verify: state(gateway.NotFound), reverse: state(gateway.NotFound)}},
		{Value: "-6", Persian: "مهلت گذشته است", English: "later than the window", Means: by{verify: state(gateway.Expired), reverse: refused}},
		{Value: "-104", Persian: "پایانه غیرفعال است", English: "terminal disabled", Means: by{verify: wrong, reverse: wrong}},
		{Value: "-105", Persian: "پایانه یافت نشد", English: "unknown terminal", Means: by{verify: wrong, reverse: wrong}},
		{Value: "-106", Persian: "نشانی اینترنتی مجاز نیست", English: "address not registered", Means: by{verify: wrong, reverse: wrong}},
	}
}
