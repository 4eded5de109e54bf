package tariffs_test

import (
	"errors"
	"strings"
	"testing"

	"mofasa/billing/calendar"
	"mofasa/billing/tariffs"
	"mofasa/tenants/approvals"
	"mofasa/tenants/fault"
)

// TestDraftsWaitAmongTheApprovals follows drafts through their life and reads, after each step, what the list of approvals says of them.
func TestDraftsWaitAmongTheApprovals(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1404/05/01")
	list := approvals.NewService(h.run, nil)
	states := func() string {
		t.Helper()
		found, err := list.List(h.as(h.second), zanjan, approvals.Query{Kind: approvals.TariffPublication})
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, a := range found {
			words = append(words, string(a.State))
		}
		return strings.Join(words, " ")
	}
	at := tariffs.Target{ID: h.draft(zanjan, council(t)).ID, Revision: 1}
	must := func(_ tariffs.Draft, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := states(); got != "" {
		t.Errorf("a draft that nobody has submitted: %s", got)
	}
	must(h.law.Submit(h.as(h.editor), zanjan, at))
	found, err := list.Pending(h.as(h.second), zanjan)
	if err != nil || len(found) != 1 || found[0].Target.ID != at.ID.String() || found[0].RequestedBy != h.editor || found[0].Reason != "مصوبهٔ شورا" {
		t.Fatalf("%+v, %v", found, err)
	}
	if _, err := approvals.NewService(h.run, nil).Decide(h.as(h.second), zanjan, found[0].ID, approvals.Approve, ""); fault.Of(err) == nil || fault.Of(err).Code != "approval_elsewhere" {
		t.Errorf("a tariff is approved in the list: %v", err)
	}
	must(h.law.GiveBack(h.as(h.second), zanjan, at, "a typing error"))
	must(h.law.Submit(h.as(h.editor), zanjan, at))
	must(h.law.GiveBack(h.as(h.editor), zanjan, at, "mine"))
	if got := states(); got != "withdrawn refused" {
		t.Error(got)
	}
	must(h.law.Submit(h.as(h.editor), zanjan, at))
	if _, err := h.law.Approve(h.as(h.editor), zanjan, at); err == nil {
		t.Error("approved by its editor")
	}
	today := calendar.DateOf(h.day.Load().(calendar.Date).Time())
	h.day.Store(today.AddDays(30))
	if _, err := h.law.Approve(h.as(h.second), zanjan, at); !errors.Is(err, approvals.ErrExpired) {
		t.Errorf("approved after thirty days: %v", err)
	}
	if _, err := h.law.Submit(h.as(h.editor), zanjan, at); err == nil {
		t.Error("submitted twice")
	}
	must(h.law.GiveBack(h.as(h.second), zanjan, at, "too late"))
	must(h.law.Submit(h.as(h.editor), zanjan, at))
	h.day.Store(today.AddDays(59))
	must(h.law.Approve(h.as(h.second), zanjan, at))
	if got := states(); got != "approved expired withdrawn refused" {
		t.Error(got)
	}
	must(h.law.GiveBack(h.as(h.second), zanjan, at, "after all"))
	must(h.law.Submit(h.as(h.editor), zanjan, at))
	must(h.law.Withdraw(h.as(h.editor), zanjan, at, "not needed"))
	if got := states(); got != "withdrawn approved expired withdrawn refused" {
		t.Error(got)
	}
}
