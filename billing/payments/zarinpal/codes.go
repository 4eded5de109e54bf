package zarinpal

import "mofasa/billing/payments/gateway"

// told is the outcome of an inquiry that was answered: its status says the rest.
const told gateway.Outcome = "told"

// Codes is the error list of Zarinpal's documentation; 13, 14, 18, 19, 41, 55, 62, 63 and 429 are read in its clients.
func Codes() []gateway.Code {
	const refused, wrong = gateway.IsRefused, gateway.Misconfigures
	start := func(outcome gateway.Outcome) map[gateway.Operation]gateway.Outcome {
		return map[gateway.Operation]gateway.Outcome{gateway.OpStart: outcome}
	}
	verify := func(outcome gateway.Outcome) map[gateway.Operation]gateway.Outcome {
		return map[gateway.Operation]gateway.Outcome{gateway.OpVerify: outcome}
	}
	reverse := func(outcome gateway.Outcome) map[gateway.Operation]gateway.Outcome {
		return map[gateway.Operation]gateway.Outcome{gateway.OpReverse: outcome}
	}
	unknown := map[gateway.Operation]gateway.Outcome{
		gateway.OpInquire: gateway.Outcome(gateway.NotFound), gateway.OpVerify: gateway.Outcome(gateway.NotFound), gateway.OpReverse: gateway.Outcome(gateway.NotFound),
	}
	return []gateway.Code{
		{Value: "100", Persian: "موفق", English: "success", Means: map[gateway.Operation]gateway.Outcome{
			gateway.OpStart: gateway.Started, gateway.OpInquire: told, gateway.OpVerify: gateway.Outcome(gateway.Verified), gateway.OpReverse: gateway.Outcome(gateway.Reversed)}},
		{Value: "101", Persian: "پیش‌تر تأیید شده است", English: "already verified, paid", Means: verify(gateway.Outcome(gateway.Repeated))},
		{Value: "-9", Persian: "داده‌های ارسالی نادرست است", English: "validation error", Means: everywhere(refused)},
		{Value: "-10", Persian: "شناسهٔ پذیرنده یا نشانی اینترنتی درست نیست", English: "merchant id or address not accepted", Means: everywhere(wrong)},
		{Value: "-11", Persian: "پایانه فعال نیست", English: "terminal not active", Means: everywhere(wrong)},
		{Value: "-12", Persian: "تلاش بیش از اندازه در زمان کوتاه", English: "too many attempts", Means: everywhere(refused)},
		{Value: "-13", Persian: "پایانه به سقف خود رسیده است", English: "terminal limit reached", Means: everywhere(refused)},
		{Value: "-14", Persian: "دامنهٔ بازگشت با دامنهٔ ثبت‌شده نمی‌خواند", English: "callback domain differs from the registered one", Means: everywhere(wrong)},
		{Value: "-15", Persian: "پایانه تعلیق شده است", English: "terminal suspended", Means: everywhere(wrong)},
		{Value: "-16", Persian: "سطح تأیید پذیرنده پایین‌تر از نقره‌ای است", English: "merchant level below silver", Means: everywhere(wrong)},
		{Value: "-17", Persian: "پذیرنده در سطح آبی محدود است", English: "merchant level is blue", Means: everywhere(wrong)},
		{Value: "-18", Persian: "دامنهٔ ارجاع با دامنهٔ ثبت‌شده نمی‌خواند", English: "referrer domain differs from the registered one", Means: everywhere(wrong)},
		{Value: "-19", Persian: "تراکنش پایانه بسته شده است", English: "transactions of the terminal are banned", Means: everywhere(wrong)},
		{Value: "-30", Persian: "تسهیم شناور برای پایانه مجاز نیست", English: "floating wages not allowed", Means: start(wrong)},
		{Value: "-31", Persian: "حساب پیش‌فرض تسویه یا تسهیم تعریف نشده است", English: "no default account, or wages wrong", Means: start(wrong)},
		{Value: "-32", Persian: "جمع تسهیم شناور بیش از سقف است", English: "floating wages too high", Means: start(refused)},
		{Value: "-33", Persian: "درصدهای تسهیم درست نیست", English: "percentages wrong", Means: start(refused)},
		{Value: "-34", Persian: "جمع تسهیم ثابت بیش از سقف است", English: "fixed wages too high", Means: start(refused)},
		{Value: "-35", Persian: "شمار ردیف‌های تسهیم بیش از حد است", English: "too many wage parts", Means: start(refused)},
		{Value: "-36", Persian: "ردیف تسهیم کمتر از ۱۰٬۰۰۰ ریال است", English: "wage part below 10,000 rial", Means: start(refused)},
		{Value: "-37", Persian: "یکی از شباها در بانک غیرفعال است", English: "an IBAN is inactive at its bank", Means: start(refused)},
		{Value: "-38", Persian: "شبا در شاپرک تعریف نشده است", English: "IBAN not set at Shaparak", Means: start(refused)},
		{Value: "-39", Persian: "خطا در تسهیم", English: "wages error", Means: start(refused)},
		{Value: "-40", Persian: "مهلت پرداخت درست نیست", English: "expire_in wrong", Means: start(refused)},
		{Value: "-41", Persian: "مبلغ بیش از ۱۰۰ میلیون تومان است", English: "amount above 100 million toman", Means: start(refused)},
		{Value: "429", Persian: "شناسهٔ معرف درست نیست", English: "referrer id malformed", Means: start(refused)},
		{Value: "-50", Persian: "مبلغ با مبلغ پرداخت‌شده نمی‌خواند", English: "amount differs from the session's", Means: verify(refused)},
		{Value: "-51", Persian: "نشست پرداخت ناموفق است", English: "session not paid", Means: verify(gateway.Compared)},
		{Value: "-52", Persian: "خطای غیرمنتظره", English: "unexpected error", Means: everywhere(gateway.IsUncertain)},
		{Value: "-53", Persian: "نشست از آن پذیرندهٔ دیگری است", English: "session of another merchant", Means: everywhere(wrong)},
		{Value: "-54", Persian: "شناسهٔ نشست معتبر نیست", English: "invalid authority", Means: unknown},
		{Value: "-55", Persian: "تراکنش یافت نشد", English: "transaction not found", Means: unknown},
		{Value: "-60", Persian: "بانک امکان برگشت ندارد", English: "the bank cannot reverse", Means: reverse(refused)},
		{Value: "-61", Persian: "برگشت ناموفق بود یا پیش‌تر انجام شده است", English: "not successful, or reversed already", Means: reverse(gateway.Compared)},
		{Value: "-62", Persian: "نشانی اینترنتی پایانه ثبت نشده است", English: "address of the terminal not set", Means: reverse(wrong)},
		{Value: "-63", Persian: "مهلت ۳۰ دقیقه‌ای برگشت گذشته است", English: "later than 30 minutes", Means: reverse(refused)},
	}
}

func everywhere(outcome gateway.Outcome) map[gateway.Operation]gateway.Outcome {
	return map[gateway.Operation]gateway.Outcome{
		gateway.OpStart: outcome, gateway.OpInquire: outcome, gateway.OpVerify: outcome, gateway.OpReverse: outcome,
	}
}
