package ratelimit

import (
	"context"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mofasa/api/ratelimit/localredis"
)

// The script and decide are one function in two languages: driven by the same clock, the server's, they store the same numbers.
func TestScriptEqualsDecide(t *testing.T) {
	t.Parallel()
	r := openRedis(t, startRedis(t).URL())
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		group := fmt.Sprint("run ", run)
		limits := []Limit{drawAny(t), drawAny(t), drawAny(t)}
		stored := map[string]int64{}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			takes := drawTakes(t, limits)
			if rapid.IntRange(0, 3).Draw(t, "give") == 0 {
				takes = returned(takes)
			}
			now, numbers, err := r.charge(context.Background(), group, takes)
			if err != nil {
				t.Fatal(err)
			}
			keys := keysOf(group, takes)
			for i, key := range keys {
				held, said := numbers[i], stored[key]
				if i < len(takes) {
					held, said = clamp(now, held, takes[i].Limit), clamp(now, said, takes[i].Limit)
				} else {
					held, said = max(held, now), max(said, now) // a mark that has ended is none
				}
				if held != said {
					t.Fatalf("now %d, %+v: Redis holds %d under %s, decide says %d", now, takes, numbers[i], key, stored[key])
				}
			}
			_, after := judge(now, numbers, takes)
			for i, key := range keys {
				stored[key] = after[i]
			}
		}
	})
}

func drawTakes(t *rapid.T, limits []Limit) []Take {
	var takes []Take
	for i := range limits {
		// Any of the limits under any name: a limit that is changed meets the buckets of its former self.
		l := rapid.SampledFrom(limits).Draw(t, "limit")
		l.Name = fmt.Sprint("l", i)
		if rapid.Bool().Draw(t, "present") {
			most := rapid.SampledFrom([]int{1, min(3, l.Requests), l.Requests}).Draw(t, "most")
			one := Take{Limit: l, Key: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "key"), Cost: rapid.IntRange(0, most).Draw(t, "cost"), Item: rapid.SampledFrom([]string{"", "", "x", "y"}).Draw(t, "item")}
			if one.Item == "" && rapid.Bool().Draw(t, "shows a pass") {
				one.Pass = Pass{Name: rapid.SampledFrom([]string{"p", "q"}).Draw(t, "pass"), For: rapid.SampledFrom([]time.Duration{0, time.Millisecond, time.Minute, maxPass}).Draw(t, "for")}
			}
			takes = append(takes, one)
		}
	}
	return takes
}

// Keys hold no personal data in clear, share one hash tag for each group, and expire by themselves.
func TestRedisKeys(t *testing.T) {
	t.Parallel()
	r := openRedis(t, startRedis(t).URL())
	ctx := context.Background()
	minute := Limit{Name: "minute", Requests: 10, Window: time.Minute, OnFailure: FailOpen}
	take(t, r, "198.51.100.7", Take{Limit: perHour("login", 4), Key: "zahra.ahmadi", Cost: 2}, Take{Limit: minute, Key: "198.51.100.7", Cost: 1}, Take{Limit: perHour("seen", 5), Key: "x", Cost: 0})
	keys, err := r.client.Keys(ctx, "*").Result()
	if err != nil || len(keys) != 2 {
		t.Fatalf("keys %q (%v); a look must store nothing", keys, err)
	}
	shape := regexp.MustCompile(`^rl:\{[A-Za-z0-9_-]{22}\}:(login|minute):[A-Za-z0-9_-]{22}$`)
	tag := keys[0][:strings.Index(keys[0], "}")]
	for _, key := range keys {
		if !shape.MatchString(key) || !strings.HasPrefix(key, tag) || strings.Contains(key, "zahra") || strings.Contains(key, "198") {
			t.Errorf("key %q", key)
		}
		full := 30 * time.Minute // 2 of 4 in an hour
		if strings.Contains(key, "minute") {
			full = 6 * time.Second
		}
		left, err := r.client.PTTL(ctx, key).Result()
		if err != nil || left > full+2*time.Millisecond || left < full-3*time.Second {
			t.Errorf("key %q expires in %s (%v), want about %s", key, left, err, full)
		}
	}
	give(t, r, "198.51.100.7", Take{Limit: minute, Key: "198.51.100.7", Cost: 1})
	deadline := time.Now().Add(2 * time.Second)
	for r.client.DBSize(ctx).Val() != 1 {
		if time.Now().After(deadline) {
			t.Fatal("a full bucket stays in Redis")
		}
		time.Sleep(time.Millisecond)
	}
}

// A Redis Cluster refuses keys of different slots in one script; one group's keys always share one.
func TestRedisClusterTakesOneGroup(t *testing.T) {
	t.Parallel()
	port, bus := freePort(t), freePort(t)
	server := startRedis(t, "--cluster-enabled", "yes", "--bind", "127.0.0.1", "--port", port, "--cluster-port", bus)
	setUp := openRedis(t, server.URL())
	ctx := context.Background()
	if err := setUp.client.Do(ctx, "cluster", "addslotsrange", 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	address := "127.0.0.1:" + port
	r := openRedis(t, "redis://"+address+"?addr="+address)
	deadline := time.Now().Add(10 * time.Second)
	for !strings.Contains(setUp.client.ClusterInfo(ctx).Val(), "cluster_state:ok") {
		if time.Now().After(deadline) {
			t.Fatal("the cluster does not come up")
		}
		time.Sleep(10 * time.Millisecond)
	}
	for i := range 50 {
		d := take(t, r, fmt.Sprint("office ", i), Take{Limit: perHour("a", 5), Key: "x", Cost: 1}, Take{Limit: perHour("b", 6), Key: "y", Cost: 1}, Take{Limit: perHour("c", 7), Key: "z", Cost: 0})
		if !d.Allowed || d.States[0].Remaining != 4 || d.States[1].Remaining != 5 || d.States[2].Remaining != 7 {
			t.Fatalf("%+v", d)
		}
	}
	// The test above can fail: this is how the same script answers to two groups in one call.
	keys := []string{bucketKey(digest("one"), Take{Key: "k"}), bucketKey(digest("two"), Take{Key: "k"})}
	err := r.script.Run(ctx, setUp.client, keys, 1, 1, 1, 1, 1, 1).Err()
	if err == nil || !strings.Contains(err.Error(), "same slot") {
		t.Fatalf("two groups in one script: %v", err)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return fmt.Sprint(listener.Addr().(*net.TCPAddr).Port)
}

func TestRedisTakeIsOneRoundTrip(t *testing.T) {
	t.Parallel()
	r := openRedis(t, startRedis(t).URL())
	takes := []Take{{Limit: perHour("a", 1000), Key: "x", Cost: 1}, {Limit: perHour("b", 1000), Key: "x", Cost: 1}, {Limit: perHour("c", 1000), Key: "x", Cost: 1}}
	take(t, r, "g", takes...) // loads the script
	ctx := context.Background()
	if err := r.client.ConfigResetStat(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		take(t, r, "g", takes...)
	}
	stats := r.client.Info(ctx, "commandstats").Val()
	if !strings.Contains(stats, "cmdstat_evalsha:calls=10,") || strings.Contains(stats, "cmdstat_eval:") {
		t.Fatalf("10 calls became\n%s", stats)
	}
}

func TestOpenRedisRefusesWrongAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "localhost:6379", "http://localhost", "redis://:secret@[::1", "redis://a/x", "redis://a?addr=:bad:"} {
		r, err := OpenRedis(address, time.Now)
		if err == nil {
			_ = r.Close()
			t.Errorf("%q was taken", address)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func TestRedisSaysThatNothingIsKnown(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	r := openRedis(t, server.URL())
	ctx := context.Background()
	if err := r.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	l := Take{Limit: perHour("l", 5), Key: "k", Cost: 1}
	if err := r.client.LPush(ctx, bucketKey(digest("g"), l), "foreign").Err(); err != nil {
		t.Fatal(err)
	}
	// MGET reads a foreign type as nothing, and SET replaces it: a spoiled key heals and is never an error.
	if d := take(t, r, "g", l); !d.Allowed || d.States[0].Remaining != 4 {
		t.Fatalf("%+v", d)
	}
	server.Kill()
	if _, err := r.Take(ctx, "g", []Take{l}); err == nil {
		t.Fatal("a dead Redis allowed or denied")
	}
	if err := r.Give(ctx, "g", []Take{l}); err == nil {
		t.Fatal("a dead Redis took units back")
	}
}

// Redis is killed and started again while many ask: the source fails meanwhile, goes on by itself afterwards, and admits one limit in all where Redis keeps its
// memory, at most one for each life where it does not.
func TestRedisKilledAndRestarted(t *testing.T) {
	t.Parallel()
	const limit = 200
	for name, c := range map[string]struct {
		settings []string
		most     int64
	}{
		"that keeps its memory": {[]string{"--appendonly", "yes", "--appendfsync", "always"}, limit},
		"that loses its memory": {nil, 2 * limit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			restart := func() *localredis.Server {
				server, err := localredis.Start(context.Background(), dir, c.settings...)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(server.Stop)
				return server
			}
			server := restart()
			r := openRedis(t, server.URL())
			takes := []Take{{Limit: perHour("l", limit), Key: "k", Cost: 1}, {Limit: Limit{Name: "day", Requests: 10 * limit, Window: day, Quota: true, OnFailure: FailOpen}, Key: "k", Cost: 1}}
			var admitted, failed, beforeKill, afterwards atomic.Int64
			phase := &beforeKill
			var lock sync.RWMutex
			stop := make(chan struct{})
			var askers sync.WaitGroup
			for range 8 {
				askers.Go(func() {
					for {
						select {
						case <-stop:
							return
						case <-time.After(time.Millisecond):
						}
						d, err := r.Take(context.Background(), "g", takes)
						lock.RLock()
						switch {
						case err != nil:
							failed.Add(1)
						case d.Allowed:
							admitted.Add(1)
							phase.Add(1)
						default:
							phase.Add(1)
						}
						lock.RUnlock()
					}
				})
			}
			until(t, func() bool { return beforeKill.Load() > limit/4 })
			server.Kill()
			until(t, func() bool { return failed.Load() > 20 })
			lock.Lock()
			phase = &afterwards
			lock.Unlock()
			restart()
			until(t, func() bool { return afterwards.Load() > 3*limit })
			close(stop)
			askers.Wait()
			if n := admitted.Load(); n > c.most || n < limit-8 { // of what each asker had under way, nobody knows
				t.Errorf("admitted %d, the limit is %d", n, limit)
			}
		})
	}
}

func until(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come to that")
		}
	}
}
