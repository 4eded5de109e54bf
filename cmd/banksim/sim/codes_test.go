package sim_test

import (
	"strings"

	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/gateway/gatewaytest"
)

// table writes cases as "outcome: code code …" for one call.
func table(op gateway.Operation, lines ...string) []gatewaytest.CodeCase {
	var cases []gatewaytest.CodeCase
	for _, line := range lines {
		outcome, codes, _ := strings.Cut(line, ":")
		for _, code := range strings.Fields(codes) {
			cases = append(cases, gatewaytest.CodeCase{Op: op, Code: code, Want: gateway.Outcome(outcome)})
		}
	}
	return cases
}

func all(tables ...[]gatewaytest.CodeCase) []gatewaytest.CodeCase {
	var cases []gatewaytest.CodeCase
	for _, table := range tables {
		cases = append(cases, table...)
	}
	return cases
}

// SEP IPG manual 4.1: token, receipt, verify, reverse. -999 stands for what no manual lists.
func sepCodes() []gatewaytest.CodeCase {
	return all(
		table(gateway.OpStart, "refused: 5 10 21 -999", "misconfigured: 8 12 20"),
		table(gateway.OpInquire, "not_found: 404 10", "misconfigured: 8 12 20", "uncertain: 5 21 -999"),
		table(gateway.OpVerify, "repeated: 2", "not_found: -2", "expired: -6", "reversed: 5", "misconfigured: -104 -105 -106", "uncertain: -999"),
		table(gateway.OpReverse, "reversed: 2 5", "not_found: -2", "refused: -6", "misconfigured: -104 -105 -106", "uncertain: -999"),
	)
}

// The error list of Zarinpal's documentation.
func zarinpalCodes() []gatewaytest.CodeCase {
	const merchant = "misconfigured: -10 -11 -14 -15 -16 -17 -18 -19 -53"
	return all(
		table(gateway.OpStart, merchant, "misconfigured: -30 -31", "refused: -9 -12 -13 -32 -33 -34 -35 -36 -37 -38 -39 -40 -41 429", "uncertain: -52 -999 101"),
		table(gateway.OpInquire, merchant, "refused: -9 -12 -13", "not_found: -54 -55", "uncertain: -52 -999"),
		// -51 "not paid" beside a status that says paid settles nothing.
		table(gateway.OpVerify, merchant, "refused: -9 -12 -13 -50", "not_found: -54 -55", "uncertain: -51 -52 -999"),
		// -61 "not successful or already reversed" beside a status that says paid: not reversed.
		table(gateway.OpReverse, merchant, "misconfigured: -62", "refused: -9 -12 -13 -60 -61 -63", "not_found: -54 -55", "uncertain: -52 -999"),
	)
}

// The code table of Behpardakht's IPG manual 1.29.
func mellatCodes() []gatewaytest.CodeCase {
	const (
		address  = "misconfigured: 21 24 62 421"
		declined = "refused: 11 12 13 14 15 16 18 19 25 32 33 35 55 98 111 114 995"
		opening  = "23 41 51 412 413 414 415 417 418 419"
		broken   = "31 34 49 61 112 113 416 -999"
	)
	return all(
		table(gateway.OpStart, address, declined, "refused: 17 "+opening, "uncertain: 42 43 44 45 46 47 48 54 "+broken),
		table(gateway.OpInquire, address, strings.Replace(declined, "refused", "uncertain", 1), "uncertain: 47 "+opening+" "+broken,
			"paid: 43 44 46", "verified: 45", "reversed: 48", "not_found: 42 54", "cancelled: 17"),
		// 43 and 45 "done before" beside an inquiry that says otherwise settle nothing.
		table(gateway.OpVerify, address, declined, "uncertain: 43 45 46 47 "+opening+" "+broken, "not_found: 42 44 54", "reversed: 48", "cancelled: 17"),
		table(gateway.OpReverse, address, declined, "refused: 17 44 45", "uncertain: 43 46 47 "+opening+" "+broken, "not_found: 42 54", "reversed: 48"),
	)
}
