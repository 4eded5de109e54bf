package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"

	"mofasa/tenants/csvimport"
)

// talkEvery is how often progress is told where nobody watches a terminal.
const talkEvery = 5 * time.Second

// progress shows an import: a bar on a terminal, else a line now and then.
type progress struct {
	to     io.Writer
	size   int64 // bytes, -1 where unknown
	bar    *progressbar.ProgressBar
	now    func() time.Time
	spoken time.Time
}

func newProgress(to io.Writer, size int64, now func() time.Time) *progress {
	p := &progress{to: to, size: size, now: now, spoken: now()}
	if isTerminal(to) {
		p.bar = progressbar.NewOptions64(size, progressbar.OptionSetWriter(to), progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetDescription(string(csvimport.Reading)), progressbar.OptionClearOnFinish())
	}
	return p
}

func isTerminal(to io.Writer) bool {
	file, ok := to.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (p *progress) update(now csvimport.Progress) {
	if now.Stage != csvimport.Reading {
		p.end() // how long PostgreSQL takes is not known
	}
	if p.bar != nil {
		p.bar.Describe(fmt.Sprintf("%s %d rows", now.Stage, now.Rows))
		_ = p.bar.Set64(now.Bytes) // a bar that cannot be drawn must not stop an import
		return
	}
	if now.Stage == csvimport.Reading && p.now().Sub(p.spoken) < talkEvery {
		return
	}
	p.spoken = p.now()
	if p.size > 0 {
		fmt.Fprintf(p.to, "%s: %d rows, %d%% of the file\n", now.Stage, now.Rows, 100*now.Bytes/p.size)
		return
	}
	fmt.Fprintf(p.to, "%s: %d rows\n", now.Stage, now.Rows)
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish() // as above
		p.bar = nil
	}
}
