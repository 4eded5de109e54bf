package simulation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// task is one request, callback or question of the resolver on its way through one process. It runs only while the scheduler lets it, from one point to the next: a
// point is before a statement, after a commit, before and after the effect of a provider's call.
type task struct {
	name    string
	process int
	resume  chan struct{}
	ids     *idStream

	// Written by the task while it runs, read by the scheduler while it waits.
	at  string        // the point at which it stands
	pid atomic.Uint32 // of the connection that its transaction has; 0: it has none

	mu   sync.Mutex
	dead bool // its process was killed: nothing that it still does has an effect

	waiting, done bool // the scheduler's own
	points        int
	end           func(dead bool) // what its sender learns
}

type taskKey struct{}

func taskOf(ctx context.Context) *task {
	t, _ := ctx.Value(taskKey{}).(*task)
	return t
}

func (t *task) isDead() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.dead
}

func (t *task) kill() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dead = true
}

// stop stands at a point until the scheduler lets the task go on. It answers false where the task's process has died meanwhile.
func (s *sched) stop(t *task, at string) bool {
	if t.isDead() {
		return false
	}
	t.at = at
	s.parked <- t
	<-t.resume
	return !t.isDead()
}

// hook stands between a connection and the server.
type hook struct{}

type schedKey struct{}

func schedOf(ctx context.Context) *sched {
	s, _ := ctx.Value(schedKey{}).(*sched)
	return s
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func (hook) TraceQueryStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return before(ctx, conn, data.SQL)
}

func (hook) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	if t := taskOf(ctx); t != nil && data.CommandTag.String() == "COMMIT" {
		t.pid.Store(0)
		schedOf(ctx).stop(t, "committed")
	}
}

func (hook) TraceBatchStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	if len(data.Batch.QueuedQueries) == 0 {
		return ctx
	}
	return before(ctx, conn, fmt.Sprintf("batch of %d: %s", len(data.Batch.QueuedQueries), data.Batch.QueuedQueries[0].SQL))
}

func (hook) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (hook) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// before stops a task in front of a statement. A dead one's transaction ends here, as PostgreSQL ends that of a client that is gone.
func before(ctx context.Context, conn *pgx.Conn, sql string) context.Context {
	t := taskOf(ctx)
	if t == nil {
		return ctx
	}
	if sql == "rollback" {
		t.pid.Store(0)
		return ctx
	}
	t.pid.Store(conn.PgConn().PID())
	if strings.HasPrefix(sql, "begin") && !t.isDead() {
		return ctx
	}
	if schedOf(ctx).stop(t, sql) {
		return ctx
	}
	if conn.PgConn().TxStatus() != 'I' {
		_, _ = conn.PgConn().Exec(context.Background(), "rollback").ReadAll() // a connection that cannot even do this is closed by its owner
	}
	return cancelled()
}

// sched lets one task run at a time.
type sched struct {
	t      testing.TB
	watch  *pgx.Conn
	tasks  []*task
	parked chan *task
	trace  []string
	points int // of all tasks so far
}

func (s *sched) say(format string, args ...any) {
	s.trace = append(s.trace, fmt.Sprintf(format, args...))
}

// start begins a task, which at once stands before its first statement.
func (s *sched) start(ctx context.Context, t *task, work func(context.Context)) {
	t.resume = make(chan struct{})
	s.tasks = append(s.tasks, t)
	ctx = context.WithValue(context.WithValue(ctx, taskKey{}, t), schedKey{}, s)
	s.say("%s begins in process %d", t.name, t.process)
	go func() {
		defer func() {
			if broken := recover(); broken != nil {
				s.t.Errorf("%s panics: %v", t.name, broken)
			}
			t.at = ""
			s.parked <- t
		}()
		work(ctx)
	}()
	s.settle()
}

// ready lists the tasks that stand at a point, in the order in which they began.
func (s *sched) ready() []*task {
	return slices.DeleteFunc(slices.Clone(s.tasks), func(t *task) bool { return !t.waiting })
}

// step lets one task run to its next point.
func (s *sched) step(t *task) {
	s.points++
	t.points++
	s.say("  %s: %s", t.name, short(t.at))
	t.waiting = false
	t.resume <- struct{}{}
	s.settle()
}

// settle waits until every task stands at a point, has ended, or waits for a lock that one which stands at a point holds.
func (s *sched) settle() {
	for s.running() > 0 {
		patience := time.NewTimer(2 * time.Millisecond)
		select {
		case t := <-s.parked:
			patience.Stop()
			if t.at == "" {
				t.done = true
				s.tasks = slices.DeleteFunc(s.tasks, func(o *task) bool { return o == t })
				s.say("%s ends", t.name)
				t.end(t.isDead())
				continue
			}
			t.waiting = true
		case <-patience.C:
			if s.held() {
				return
			}
		}
	}
}

func (s *sched) running() (n int) {
	for _, t := range s.tasks {
		if !t.waiting {
			n++
		}
	}
	return n
}

// held tells whether every task that runs waits, by whatever chain, for one that stands at a point. PostgreSQL itself ends a circle.
func (s *sched) held() bool {
	holders, standing := map[uint32][]int32{}, map[uint32]bool{}
	for _, t := range s.tasks {
		if t.waiting {
			standing[t.pid.Load()] = t.pid.Load() != 0
			continue
		}
		pid := t.pid.Load()
		if pid == 0 {
			return false
		}
		var by []int32
		if err := s.watch.QueryRow(context.Background(), `SELECT pg_blocking_pids($1)`, int32(pid)).Scan(&by); err != nil {
			s.t.Errorf("who blocks %s: %v", t.name, err)
			return false
		}
		holders[pid] = by
	}
	for pid := range holders {
		if !s.reaches(pid, holders, standing, len(holders)) {
			return false
		}
	}
	return true
}

func (s *sched) reaches(pid uint32, holders map[uint32][]int32, standing map[uint32]bool, depth int) bool {
	if standing[pid] {
		return true
	}
	for _, by := range holders[pid] {
		if depth >= 0 && s.reaches(uint32(by), holders, standing, depth-1) {
			return true
		}
	}
	return false
}

// crash kills a process: what its tasks have not committed never happened, what they have stays, and nobody hears of either.
func (s *sched) crash(process int) {
	s.say("process %d is killed", process)
	for _, t := range slices.Clone(s.tasks) {
		if t.process == process {
			t.kill()
		}
	}
	for {
		at := slices.IndexFunc(s.tasks, func(t *task) bool { return t.waiting && t.isDead() })
		if at < 0 {
			return
		}
		t := s.tasks[at]
		t.waiting = false
		t.resume <- struct{}{}
		s.settle()
	}
}

func short(sql string) string {
	clean := make([]byte, 0, 60)
	for _, b := range []byte(sql) {
		if len(clean) == cap(clean) {
			break
		}
		if b == '\n' || b == '\t' || b == ' ' && len(clean) > 0 && clean[len(clean)-1] == ' ' {
			b = ' '
		}
		clean = append(clean, b)
	}
	return string(clean)
}
