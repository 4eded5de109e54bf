package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/billing/impact"
	"mofasa/tenants/scope"
)

func TestPreviewOfACitysDraft(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	draft := draftID.FindString(c.must(c.as(apitest.CityEditor, "", "draft", tariffFile(t, levyText), "--reason", "عوارض آلایندگی")))
	out := c.must(c.as(apitest.CityEditor, "", "preview", draft, "--threshold", "1"))
	lines := strings.Split(out, "\n")
	id, _, _ := strings.Cut(strings.TrimPrefix(lines[0], "preview "), " ")
	// One seeded vehicle lived in Shiraz on the first day of 1402; it owed the duty, and now a levy of half of it.
	for _, want := range []string{"preview " + id + " · done", "draft " + draft + ", revision 1", "dues of 1402, on 14", "\n122 Shiraz ", "\nlevy without a rate       1      0\n",
		"\nvehicles read                                 1\n", "passenger_car  peugeot-405  1402   122  "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, apitest.VIN) || strings.Contains(out, apitest.Plate) {
		t.Error("the report names a VIN or a plate")
	}
	if again := c.must(c.as(apitest.CityApprover, "", "preview", "--show", id)); again != out {
		t.Errorf("shown again:\n%s\nwant\n%s", again, out)
	}
	var shown struct {
		State  impact.State
		Stale  bool
		Report impact.Report
	}
	if err := json.Unmarshal([]byte(c.must(c.as(apitest.CityEditor, "", "preview", "--show", id, "--json"))), &shown); err != nil || shown.State != impact.Done || shown.Stale ||
		shown.Report.Total.Before <= 0 || shown.Report.Total.After <= shown.Report.Total.Before || shown.Report.Total.Changed != 1 {
		t.Errorf("%+v, %v", shown, err)
	}
	c.must(c.as(apitest.CityEditor, "", "revise", draft, tariffFile(t, strings.Replace(levyText, "500", "600", 1)), "--revision", "1"))
	if out := c.must(c.as(apitest.CityEditor, "", "preview", "--show", id)); !strings.Contains(out, "\nstale: a draft was revised since\n") {
		t.Errorf("not stale:\n%s", out)
	}
}

func TestPreviewIsRefused(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	draft := draftID.FindString(c.must(c.as(apitest.CityEditor, "", "draft", tariffFile(t, levyText), "--reason", "عوارض آلایندگی")))
	for want, try := range map[string][]string{
		"name the drafts":      {apitest.CityEditor},
		`draft: "x" is not a`:  {apitest.CityEditor, "x"},
		`show: "x" is not a`:   {apitest.CityEditor, "--show", "x"},
		"drafts: This draft":   {apitest.ForeignEditor, draft},
		"threshold: The thres": {apitest.CityEditor, draft, "--threshold", "0"},
		"This preview was not": {apitest.CityEditor, "--show", uuid.NewString()},
		"You may not":          {apitest.Clerk, draft},
	} {
		out, err := c.as(try[0], "", append([]string{"preview"}, try[1:]...)...)
		if want == "You may not" { // whatever the fault says, it is the permission's
			if err == nil || !strings.Contains(err.Error(), "not_permitted") {
				t.Errorf("a clerk: %q, %v", out, err)
			}
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) || out != "" {
			t.Errorf("%q: %q, %v, want %q", try, out, err, want)
		}
	}
}

// An interrupt cancels the preview, so that no worker goes on with it.
func TestInterruptingAPreview(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	draft := draftID.FindString(c.must(c.as(apitest.CityEditor, "", "draft", tariffFile(t, levyText), "--reason", "عوارض آلایندگی")))
	service, city := impact.NewService(c.run, slog.New(slog.DiscardHandler)), scope.Municipality(apitest.Shiraz)
	ctx, interrupt := context.WithCancel(asSystem(t.Context()))
	f := follower{service: service, scope: city, to: io.Discard, now: time.Now}
	p, err := service.Request(ctx, city, []uuid.UUID{uuid.MustParse(draft)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	interrupt()
	if _, err := f.follow(ctx, p.ID); !errors.Is(err, context.Canceled) {
		t.Errorf("followed: %v", err)
	}
	if p, err := service.Find(asSystem(t.Context()), city, p.ID); err != nil || p.State != impact.Cancelled {
		t.Errorf("%+v, %v", p, err)
	}
}

// Where another process runs the preview, this one waits for it and tells how far it is.
func TestFollowingAPreviewThatRunsElsewhere(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	draft := draftID.FindString(c.must(c.as(apitest.CityEditor, "", "draft", tariffFile(t, levyText), "--reason", "عوارض آلایندگی")))
	service, city := impact.NewService(c.run, slog.New(slog.DiscardHandler)), scope.Municipality(apitest.Shiraz)
	ctx := asSystem(t.Context())
	p, err := service.Request(ctx, city, []uuid.UUID{uuid.MustParse(draft)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	set := func(query string) {
		if err := c.run.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Exec(query, p.ID).Error }); err != nil {
			t.Error(err)
		}
	}
	set(`UPDATE tariff_previews SET state = 'running', heartbeat_at = now(), vehicles_done = 1234, vehicles_total = 5678 WHERE id = ?`)
	var told bytes.Buffer
	clock := time.Unix(0, 0)
	f := follower{service: service, scope: city, to: &told, now: func() time.Time { clock = clock.Add(talkEvery); return clock }}
	go func() {
		time.Sleep(2 * lookEvery)
		set(`UPDATE tariff_previews SET state = 'queued' WHERE id = ?`) // the other process ends
	}()
	if p, err = f.follow(ctx, p.ID); err != nil || p.State != impact.Done {
		t.Errorf("%+v, %v", p, err)
	}
	if !strings.Contains(told.String(), "1,234 of about 5,678 vehicles\n") {
		t.Errorf("told %q", told.String())
	}
}
