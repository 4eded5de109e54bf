package main

import (
	"strings"
	"testing"

	"mofasa/api/apitest"
)

func (c console) dues(args ...string) (string, error) {
	c.t.Helper()
	return c.execute(newDuesCommand(c.opener()), "", args)
}

func TestDuesAreExplainedAtTheConsole(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	fa, err := c.dues("explain", "--vin", strings.ToLower(apitest.VIN))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"شهرداری تهران · قابل پرداخت: ", "\nعوارض سال ۱۳۹۸: محاسبه‌شده، ", "بر پایهٔ تعرفهٔ ملی سال ۱۳۹۸", "مستند: بند (ب) مادهٔ ۴۳ قانون مالیات بر ارزش افزوده", "\nجمع قابل پرداخت: "} {
		if !strings.Contains(fa, want) {
			t.Errorf("no %q in\n%s", want, fa)
		}
	}
	if strings.ContainsAny(fa, "0123456789") || strings.Contains(fa, "assessed") {
		t.Errorf("English in a Persian text:\n%s", fa)
	}
	en, err := c.dues("explain", "--vin", apitest.VIN, "--lang", "en")
	if err != nil || !strings.Contains(en, "Tehran · to be paid: ") || !strings.Contains(en, "Dues of 1398: assessed, ") || !strings.Contains(en, "\nto be paid in all: ") {
		t.Errorf("%v\n%s", err, en)
	}
	if n := c.count(`SELECT count(*) FROM audit_log WHERE action = 'dues.explained'`); n != 2 {
		t.Errorf("%d audit records", n)
	}
	for want, args := range map[string][]string{
		"No vehicle":                     {"explain", "--vin", "NAS4311008T009999"},
		"vin: ":                          {"explain", "--vin", "x"},
		`required flag(s) "vin" not set`: {"explain"},
		"--lang is fa or en":             {"explain", "--vin", apitest.VIN, "--lang", "de"},
	} {
		out, err := c.dues(args...)
		wantRefusal(t, want, out, err, want)
	}
}
