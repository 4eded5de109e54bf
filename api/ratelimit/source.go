package ratelimit

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
)

// Source counts limits. Memory, Redis and Fallback are sources, and one conformance suite holds for all of them.
//
// The group is what all keys of one call have in common: the office, or before anybody is known the network address. It places
// their buckets on one node of a Redis Cluster and is a part of their identity, so the same key under another group is
// another bucket. A limit of a user across addresses is therefore taken in the office's group, not in the address's.
type Source interface {
	// Take charges all takes or none, and says which. No takes are allowed. An error is a programming error, the end of ctx,
	// or (from Redis alone) that nothing is known.
	Take(ctx context.Context, group string, takes []Take) (Decision, error)
	// Give returns the units of an earlier allowed Take, as when the request was then answered by a 5xx, and grants passes. A bucket
	// never holds more than its limit.
	Give(ctx context.Context, group string, takes []Take) error
}

// keysOf names what is stored for one call: each take's bucket, and after them the marks: of items that are counted once, of passes.
func keysOf(group string, takes []Take) []string {
	keys, tag := make([]string, len(takes), 2*len(takes)), digest(group)
	for i, t := range takes {
		keys[i] = bucketKey(tag, t)
	}
	for i, t := range takes {
		if mark := t.mark(); mark != "" {
			keys = append(keys, keys[i]+":"+digest(mark))
		}
	}
	return keys
}

// bucketKey is the name under which a bucket is stored: rl:{group}:limit:key with group and key hashed, because addresses and
// user names are personal data. The braces are the hash tag that keeps one group on one Redis Cluster slot
// (Redis Cluster specification, "Hash tags"). A quota's bucket is named by its window, too:
// its number means nothing under another one. Tag is the group's digest.
func bucketKey(tag string, t Take) string {
	kind := "rl:{"
	if t.Limit.Quota {
		kind = "rlq" + strconv.FormatInt(t.Limit.Window.Microseconds(), 10) + ":{"
	}
	return kind + tag + "}:" + t.Limit.Name + ":" + digest(t.Key)
}

// digest is the first 128 bits of SHA-256 in 22 URL-safe letters.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
