package mellat

import "mofasa/billing/payments/gateway"

// Codes that the claim reads outside the table.
const (
	settledNow     = "0"
	verifiedBefore = "43"
	settledBefore  = "45"
	notSettled     = "46"
	reversedBefore = "48"
)

// verified says that an inquiry's code names a sale that is verified and waits for its settlement.
func verified(code string) bool { return code == "0" || code == verifiedBefore || code == notSettled }

// kind is how a code is read where the table says nothing else of a call.
type kind int

const (
	declined  kind = iota // nothing was done
	address               // terminal, credentials, address or domain
	broken                // something failed on the way; nobody knows what was done
	ofStart               // belongs to the opening; elsewhere it says nothing
	elsewhere             // belongs to a call that the adapter does not make
)

func (k kind) means() map[gateway.Operation]gateway.Outcome {
	all := func(start, inquire, verify, reverse gateway.Outcome) map[gateway.Operation]gateway.Outcome {
		return map[gateway.Operation]gateway.Outcome{gateway.OpStart: start, gateway.OpInquire: inquire, gateway.OpVerify: verify, gateway.OpReverse: reverse}
	}
	const refused, wrong, unsure = gateway.IsRefused, gateway.Misconfigures, gateway.IsUncertain
	switch k {
	case declined:
		return all(refused, unsure, refused, refused)
	case address:
		return all(wrong, wrong, wrong, wrong)
	case ofStart:
		return all(refused, unsure, unsure, unsure)
	default:
		return all(unsure, unsure, unsure, unsure)
	}
}

// Codes is the code table of IPG manual 1.29.
func Codes() []gateway.Code {
	var codes []gateway.Code
	for _, row := range rows() {
		means := row.kind.means()
		for op, outcome := range row.means {
			means[op] = outcome
		}
		codes = append(codes, gateway.Code{Value: row.value, Persian: row.persian, English: row.english, Means: means})
	}
	return codes
}

type row struct {
	value, persian, english string
	kind                    kind
	means                   map[gateway.Operation]gateway.Outcome // exceptions from kind
}

func rows() []row { return append(append(cardRows(), merchantRows()...), saleRows()...) }

// saleRows say where a sale stands, so each call reads them in its own way.
func saleRows() []row {
	const start, inquire, verify, reverse = gateway.OpStart, gateway.OpInquire, gateway.OpVerify, gateway.OpReverse
	type by = map[gateway.Operation]gateway.Outcome
	state := func(s gateway.State) gateway.Outcome { return gateway.Outcome(s) }
	return []row{
		{"0", "تراکنش با موفقیت انجام شد", "success", broken, by{start: gateway.Started, inquire: state(gateway.Paid), verify: state(gateway.Verified), reverse: state(gateway.Reversed)}},
		{"17", "کاربر از انجام تراکنش منصرف شده است", "the payer gave up", declined, by{inquire: state(gateway.Cancelled), verify: state(gateway.Cancelled)}},
		{"42", "تراکنش خرید یافت نشد", "sale not found", broken, by{inquire: state(gateway.NotFound), verify: state(gateway.NotFound), reverse: state(gateway.NotFound)}},
		{"43", "پیش‌تر درخواست تأیید داده شده است", "already verified", broken, by{inquire: state(gateway.Paid), verify: gateway.Compared}},
		{"44", "درخواست تأیید یافت نشد", "verify not found", broken, by{inquire: state(gateway.Paid), verify: state(gateway.NotFound), reverse: gateway.IsRefused}},
		{"45", "تراکنش واریز شده است", "settled", broken, by{inquire: state(gateway.Verified), verify: gateway.Compared, reverse: gateway.IsRefused}},
		{"46", "تراکنش واریز نشده است", "not settled", broken, by{inquire: state(gateway.Paid)}},
		{"47", "تراکنش واریز یافت نشد", "settle not found", broken, nil},
		{"48", "تراکنش برگشت خورده است", "reversed", broken, by{inquire: state(gateway.Reversed), verify: state(gateway.Reversed), reverse: state(gateway.Reversed)}},
		{"49", "تراکنش بازپرداخت یافت نشد", "refund not found", elsewhere, nil},
		{"51", "تراکنش تکراری است", "duplicate transaction", ofStart, nil},
		{"54", "تراکنش مرجع موجود نیست", "reference transaction missing", broken, by{inquire: state(gateway.NotFound), verify: state(gateway.NotFound), reverse: state(gateway.NotFound)}},
		{"55", "تراکنش نامعتبر است", "invalid transaction", declined, nil},
		{"61", "خطا در واریز", "deposit error", broken, nil},
	}
}

func cardRows() []row {
	return []row{
		{"11", "شمارهٔ کارت نامعتبر است", "card number", declined, nil},
		{"12", "موجودی کافی نیست", "funds", declined, nil},
		{"13", "رمز نادرست است", "PIN", declined, nil},
		{"14", "شمار دفعات ورود رمز بیش از حد است", "PIN tries", declined, nil},
		{"15", "کارت نامعتبر است", "invalid card", declined, nil},
		{"16", "دفعات برداشت بیش از حد است", "withdrawal count", declined, nil},
		{"18", "تاریخ انقضای کارت گذشته است", "card expired", declined, nil},
		{"19", "مبلغ برداشت بیش از حد است", "amount limit", declined, nil},
		{"98", "سقف استفاده از رمز ایستا پر شده است", "static PIN limit", declined, nil},
		{"111", "صادرکنندهٔ کارت نامعتبر است", "issuer invalid", declined, nil},
		{"112", "خطای سوییچ صادرکنندهٔ کارت", "issuer switch error", broken, nil},
		{"113", "پاسخی از صادرکنندهٔ کارت نیامد", "no answer of issuer", broken, nil},
		{"114", "دارندهٔ کارت مجاز به این تراکنش نیست", "card holder not allowed", declined, nil},
		{"995", "کارت از آن این مشتری نیست", "card not of this customer", declined, nil},
	}
}

func merchantRows() []row {
	return []row{
		{"21", "پذیرنده یا سرویس نامعتبر است", "merchant or service inactive", address, nil},
		{"23", "خطای امنیتی رخ داده است", "security error", ofStart, nil},
		{"24", "اطلاعات کاربری پذیرنده نامعتبر است", "merchant credentials", address, nil},
		{"25", "مبلغ نامعتبر است", "amount", declined, nil},
		{"31", "پاسخ نامعتبر است", "invalid answer", broken, nil},
		{"32", "قالب اطلاعات واردشده درست نیست", "data format", declined, nil},
		{"33", "حساب نامعتبر است", "account", declined, nil},
		{"34", "خطای سیستمی", "system error", broken, nil},
		{"35", "تاریخ نامعتبر است", "date", declined, nil},
		{"41", "شمارهٔ درخواست تکراری است", "duplicate orderId", ofStart, nil},
		{"62", "نشانی بازگشت در دامنهٔ ثبت‌شدهٔ پذیرنده نیست", "callback outside domain", address, nil},
		{"412", "شناسهٔ قبض نادرست است", "bill id", ofStart, nil},
		{"413", "شناسهٔ پرداخت نادرست است", "payment id", ofStart, nil},
		{"414", "سازمان صادرکنندهٔ قبض نامعتبر است", "bill issuer invalid", ofStart, nil},
		{"415", "زمان نشست کاری پایان یافته است", "session expired", ofStart, nil},
		{"416", "خطا در ثبت اطلاعات", "error storing data", broken, nil},
		{"417", "شناسهٔ پرداخت‌کننده نامعتبر است", "payerId", ofStart, nil},
		{"418", "اشکال در تعریف اطلاعات مشتری", "customer data", ofStart, nil},
		{"419", "دفعات ورود اطلاعات بیش از حد است", "tries", ofStart, nil},
		{"421", "نشانی اینترنتی نامعتبر است", "address not registered", address, nil},
	}
}
