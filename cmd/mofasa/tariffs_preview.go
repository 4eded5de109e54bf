package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/billing/impact"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// usualThreshold is the amount above which a due counts as newly above, in rial.
const usualThreshold = 10_000_000

var errPreviewDrafts = errors.New("name the drafts to preview, or a stored preview with --show")

// previewOptions are the command line.
type previewOptions struct {
	threshold int64
	show      string
	json      bool
}

// newTariffPreviewCommand builds "preview DRAFT…". open is as in newImportCommand.
func newTariffPreviewCommand(open opener) *cobra.Command {
	var o previewOptions
	cmd := &cobra.Command{
		Use:   "preview DRAFT…",
		Short: "Say what drafts of one authority would change for the whole fleet",
		Long: `Reckon every vehicle's dues of the drafts' fiscal years twice, with the published tariffs and with the drafts beside them, and compare: in sum, by class, year and
municipality, with the largest changes. It runs in this process; an interrupt cancels it. The preview is stored: --show prints it again.
Amounts are in rial, on the day from which the last draft holds, or today where that is later.`,
		RunE: func(cmd *cobra.Command, args []string) error { return preview(cmd, open, o, args) },
	}
	cmd.Flags().Int64Var(&o.threshold, "threshold", usualThreshold, "count the vehicle-years whose balance the drafts lift above this amount, in rial")
	cmd.Flags().StringVar(&o.show, "show", "", "print this stored preview")
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON")
	return addPersonFlags(cmd)
}

func preview(cmd *cobra.Command, open opener, o previewOptions, args []string) error {
	if (len(args) == 0) == (o.show == "") {
		return errPreviewDrafts
	}
	ids, err := previewIDs(o, args)
	if err != nil {
		return err
	}
	runner, _, closeDatabase, err := open(cmd.Context())
	if err != nil {
		return err
	}
	defer closeDatabase()
	ctx, sc, err := actAs(cmd, runner, identity.TariffsRead)
	if err != nil {
		return err
	}
	f := follower{service: impact.NewService(runner, slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))), scope: sc, to: cmd.ErrOrStderr(), now: time.Now}
	p, err := f.answer(ctx, o, ids)
	if err != nil {
		return refusal(err)
	}
	if err := tellPreview(cmd.OutOrStdout(), p, o.json); err != nil {
		return err
	}
	if p.State == impact.Failed || p.State == impact.Cancelled {
		return fmt.Errorf("the preview is %s %s", p.State, p.Failure)
	}
	return nil
}

// previewIDs are the drafts, or the one stored preview.
func previewIDs(o previewOptions, args []string) (ids []uuid.UUID, err error) {
	what := "draft"
	if o.show != "" {
		what, args = "show", []string{o.show}
	}
	for _, text := range args {
		id, err := uuid.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not a UUID", what, text)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// follower runs a preview in this process and tells how far it is.
type follower struct {
	service *impact.Service
	scope   scope.Scope
	to      io.Writer
	now     func() time.Time
	spoken  time.Time
}

func (f *follower) answer(ctx context.Context, o previewOptions, ids []uuid.UUID) (impact.Preview, error) {
	if o.show != "" {
		return f.service.Find(ctx, f.scope, ids[0])
	}
	p, err := f.service.Request(ctx, f.scope, ids, money.Rial(o.threshold))
	if err != nil {
		return p, err
	}
	fmt.Fprintln(f.to, "preview", p.ID)
	f.spoken = f.now()
	return f.follow(ctx, p.ID)
}

// lookEvery is how often the follower looks how far the preview is.
const lookEvery = 500 * time.Millisecond

// follow runs the preview until it is finished, here or in the process that was faster. An interrupt cancels it.
func (f *follower) follow(ctx context.Context, id uuid.UUID) (impact.Preview, error) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	ran := f.run(ctx, id)
	for {
		var err error
		select {
		case err = <-ran:
			ran = nil
		case <-ticker.C:
		}
		if ctx.Err() != nil {
			return impact.Preview{}, f.cancel(ctx, id, ran)
		}
		if err != nil {
			return impact.Preview{}, err
		}
		p, err := f.service.Find(ctx, f.scope, id)
		if err != nil && ctx.Err() == nil || err == nil && p.Finished() {
			f.end()
			return p, err
		}
		f.tell(p)
		if ran == nil {
			ran = f.run(ctx, id)
		}
	}
}

// run ends at once where the preview runs elsewhere.
func (f *follower) run(ctx context.Context, id uuid.UUID) chan error {
	ran := make(chan error, 1)
	go func() {
		here, err := f.service.Run(ctx, id)
		if !here && err == nil {
			time.Sleep(lookEvery)
		}
		ran <- err
	}()
	return ran
}

// cancel waits until this process's run has let the preview go, so that no other runner goes on with it.
func (f *follower) cancel(ctx context.Context, id uuid.UUID, ran chan error) error {
	if ran != nil {
		<-ran
	}
	f.end()
	err := f.service.Cancel(context.WithoutCancel(ctx), f.scope, id)
	if known := fault.Of(err); known != nil && known.Code == "preview_finished" {
		err = nil
	}
	return errors.Join(ctx.Err(), err)
}

// tell draws a line on a terminal, and writes one now and then elsewhere.
func (f *follower) tell(p impact.Preview) {
	if p.State != impact.Running {
		return
	}
	line := fmt.Sprintf("%s of about %s vehicles", thousands(p.VehiclesDone), thousands(p.VehiclesTotal))
	if isTerminal(f.to) {
		fmt.Fprint(f.to, "\r\x1b[K", line)
		return
	}
	if f.now().Sub(f.spoken) >= talkEvery {
		f.spoken = f.now()
		fmt.Fprintln(f.to, line)
	}
}

func (f *follower) end() {
	if isTerminal(f.to) {
		fmt.Fprint(f.to, "\r\x1b[K")
	}
}
