package ratelimit

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

//go:embed take.lua
var takeScript string

// dialTimeout bounds the one attempt to connect that a call makes. It is longer than a request waits (the context of the call
// ends that): the client dials in the background, and a connection that comes late serves the next request.
const dialTimeout = 2 * time.Second

// Redis counts limits in a Redis server (5 or later) or Redis Cluster, on the server's clock: processes need not agree on time.
// All takes of a call are one script and one round trip.
// What was refused is refused from memory for up to half a second.
type Redis struct {
	client   redis.UniversalClient
	script   *redis.Script
	refusals refusals
}

// OpenRedis prepares a source from redis://, rediss:// or unix:// and connects on first use; a wrong address is an error, an
// unreachable one is not. With addr parameters (redis://a:6379?addr=b:6379) it is a Redis Cluster. The client never retries,
// because a retried charge could count twice, and it obeys the deadlines of its contexts. Now measures how old a refusal is; nothing else goes by it.
func OpenRedis(rawURL string, now func() time.Time) (*Redis, error) {
	client, err := open(rawURL)
	if err != nil {
		return nil, fmt.Errorf("ratelimit: redis address: %w", err)
	}
	return &Redis{client: client, script: redis.NewScript(takeScript), refusals: refusals{now: now}}, nil
}

func open(rawURL string) (redis.UniversalClient, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		// The parser's own error quotes the address, and with it the password.
		return nil, errors.New("not a URL")
	}
	if u.Query().Has("addr") {
		return openCluster(rawURL)
	}
	o, err := redis.ParseURL(rawURL)
	if err != nil {
		return nil, err
	}
	o.MaxRetries, o.ContextTimeoutEnabled = -1, true
	o.DialTimeout, o.DialerRetries = dialTimeout, 1
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(o), nil
}

func openCluster(rawURL string) (redis.UniversalClient, error) {
	o, err := redis.ParseClusterURL(rawURL)
	if err != nil {
		return nil, err
	}
	o.MaxRetries, o.ContextTimeoutEnabled = -1, true
	o.DialTimeout, o.DialerRetries = dialTimeout, 1
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClusterClient(o), nil
}

// Ping says whether Redis answers, for health checks.
func (r *Redis) Ping(ctx context.Context) error { return r.client.Ping(ctx).Err() }

// Close ends the connections; the source is of no use afterwards.
func (r *Redis) Close() error { return r.client.Close() }

// Take charges all takes or none. After an error it is not known whether they were charged.
func (r *Redis) Take(ctx context.Context, group string, takes []Take) (Decision, error) {
	if err := check(group, takes); err != nil {
		return Decision{}, err
	}
	d, refused, given := r.refusals.recall(group, takes)
	if refused {
		return d, nil
	}
	began := r.refusals.now()
	now, numbers, err := r.charge(ctx, group, takes)
	if err != nil {
		return Decision{}, err
	}
	if d, _ = judge(now, numbers, takes); !d.Allowed {
		r.refusals.remember(group, takes, refusal{began, now, numbers}, given)
	}
	return d, nil
}

// Give returns the units of an earlier allowed Take.
func (r *Redis) Give(ctx context.Context, group string, takes []Take) error {
	if err := check(group, takes); err != nil {
		return err
	}
	_, _, err := r.charge(ctx, group, returned(takes))
	r.refusals.forget(group)
	return err
}

// charge runs the script and returns the server's time and the numbers before the charge, from which judge finds what was decided.
func (r *Redis) charge(ctx context.Context, group string, takes []Take) (now int64, numbers []int64, err error) {
	if len(takes) == 0 {
		return 0, nil, nil
	}
	keys, args := words(group, takes)
	reply, err := r.script.Run(ctx, r.client, keys, args...).Int64Slice()
	if err != nil {
		return 0, nil, fmt.Errorf("ratelimit: redis: %w", err)
	}
	if len(reply) != len(keys)+1 {
		return 0, nil, fmt.Errorf("ratelimit: redis: %d numbers for %d keys", len(reply), len(keys))
	}
	return reply[0], reply[1:], nil
}

// words are the keys and arguments of the script for a call.
func words(group string, takes []Take) (keys []string, args []any) {
	keys, args = keysOf(group, takes), make([]any, 0, 6*len(takes))
	mark := len(takes)
	for _, t := range takes {
		place, window := 0, int64(0)
		if t.mark() != "" {
			mark++
			place = mark // Lua counts from 1
		}
		if t.Limit.Quota {
			window = t.Limit.Window.Microseconds()
		}
		args = append(args, t.Limit.interval(), t.Limit.span(), t.Cost, window, place, t.hold())
	}
	return keys, args
}

// Command is the Redis command of one Take in words, its script loaded: what another client must send in order to do the same.
func (r *Redis) Command(ctx context.Context, group string, takes []Take) ([]string, error) {
	if err := check(group, takes); err != nil {
		return nil, err
	}
	sum, err := r.script.Load(ctx, r.client).Result()
	if err != nil {
		return nil, fmt.Errorf("ratelimit: redis: %w", err)
	}
	keys, args := words(group, takes)
	command := append([]string{"EVALSHA", sum, strconv.Itoa(len(keys))}, keys...)
	for _, arg := range args {
		command = append(command, fmt.Sprint(arg))
	}
	return command, nil
}
