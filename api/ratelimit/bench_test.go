package ratelimit

import (
	"context"
	"fmt"
	"testing"
	"time"
)

func threeLimits() []Take {
	takes := make([]Take, 3)
	for i := range takes {
		takes[i] = Take{Limit: Limit{Name: fmt.Sprint("l", i), Requests: maxRequests, Window: time.Second, OnFailure: FailOpen}, Key: "key", Cost: 1}
	}
	return takes
}

func benchTake(b *testing.B, s Source) {
	ctx, takes := context.Background(), threeLimits()
	for b.Loop() {
		if d, err := s.Take(ctx, "group", takes); err != nil || !d.Allowed {
			b.Fatalf("%+v, %v", d, err)
		}
	}
}

// BenchmarkRedisPing is the ground: one round trip that does nothing.
func BenchmarkRedisPing(b *testing.B) {
	r := openRedis(b, startRedis(b).URL())
	for b.Loop() {
		if err := r.Ping(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRedisTake(b *testing.B) { benchTake(b, openRedis(b, startRedis(b).URL())) }

func BenchmarkFallbackTake(b *testing.B) {
	benchTake(b, NewFallback(openRedis(b, startRedis(b).URL()), NewMemory(1000, time.Now), 2, nil))
}

func BenchmarkMemoryTake(b *testing.B) { benchTake(b, NewMemory(1000, time.Now)) }
