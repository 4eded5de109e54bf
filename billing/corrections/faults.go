package corrections

import "mofasa/tenants/fault"

// What a correction refuses with.
var (
	ErrUnknown = fault.Define(fault.NotFound, "correction_unknown", "این اصلاح تعرفه پیدا نشد.", "This correction was not found.")

	errVersion = fault.Define(fault.Invalid, "correction_version_unknown", "چنین نسخه‌ای از تعرفه منتشر نشده است.", "No such tariff version is published.")
	errPair    = fault.Define(fault.Invalid, "correction_pair",
		"نسخهٔ درست باید از همان مرجع و همان سال مالی و با شماره‌ای پس از نسخهٔ نادرست باشد.",
		"The right version must be of the same authority and fiscal year as the wrong one, with a higher number.")
	errNotYet = fault.Define(fault.Conflict, "correction_not_in_force",
		"نسخهٔ درست هنوز اجرا نمی‌شود؛ تا آن روز با نسخهٔ نادرست پرداخت می‌شود.",
		"The right version does not hold yet; until then dues are paid under the wrong one.")
	errAuthority = fault.Define(fault.Forbidden, "correction_authority",
		"تعرفه را تنها مرجعی اصلاح می‌کند که آن را منتشر کرده است.", "Only the authority that published a tariff corrects it.")
	errReason = fault.Define(fault.Invalid, "correction_reason",
		"دلیل اصلاح را بنویسید، حداکثر ۳۰۰ نویسه در یک سطر؛ در نامهٔ هر پرداخت‌کننده می‌آید.",
		"State the reason in one line of at most 300 characters; it stands in every payer's letter.")
	errPerson = fault.Define(fault.Forbidden, "correction_person", "اصلاح تعرفه کار یک شخص است.", "A correction is a person's act.")
	errExists = fault.Define(fault.Conflict, "correction_exists",
		"برای این دو نسخه اصلاحی فهرست شده است؛ نخست آن را پس بگیرید.", "A correction of this pair of versions is listed already; withdraw it first.")
	errReplaced = fault.Define(fault.Conflict, "correction_done",
		"آنچه با این نسخه پرداخت شده پیش‌تر اصلاح شده است؛ نسخه‌ای را اصلاح کنید که جای آن نشسته است.",
		"What was paid under this version is corrected already; correct the version that took its place.")
	errSamePerson = fault.Define(fault.Forbidden, "correction_same_person",
		"اصلاح را باید شخص دیگری جز فهرست‌کنندهٔ آن تأیید کند.", "Somebody else than who listed the correction must approve it.")
	errClosed = fault.Define(fault.Conflict, "correction_closed",
		"این اصلاح تأیید یا پس گرفته شده است.", "This correction is approved or withdrawn already.")
	errProblems = fault.Define(fault.Conflict, "correction_problems",
		"نسخهٔ درست برای برخی بدهی‌های پرداخت‌شده مبلغی نمی‌دهد؛ تا رفع آن تأیید ممکن نیست.",
		"The right version gives no amount for some paid dues; they must be put right before the correction is approved.")
	errOutdated = fault.Define(fault.Conflict, "correction_outdated",
		"از زمان فهرست، قبض‌های مشمول تغییر کرده‌اند؛ این اصلاح را پس بگیرید و دوباره فهرست کنید.",
		"The affected bills have changed since they were listed; withdraw this correction and list anew.")
	errInFlight = fault.Define(fault.Conflict, "correction_in_flight",
		"قبض‌هایی با نسخهٔ نادرست هنوز در حال پرداخت‌اند؛ پس از روشن شدن نتیجهٔ آن‌ها دوباره بکوشید.",
		"Bills under the wrong version are still being paid; try again once their outcome is known.")
)
