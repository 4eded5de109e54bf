package ratelimit

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// WriteHeaders tells the client its limits: RateLimit-Policy ("name";q=60;w=60) and RateLimit ("name";r=59;t=1) as structured
// fields by draft-ietf-httpapi-ratelimit-headers-11 §3 and §4, and Retry-After (RFC 9110 §10.2.3) when d is not allowed.
// Times are whole seconds, rounded up; Retry-After is at least 1. Lists are added, not set, because limits taken before and
// after authentication are two decisions of one response (§3: "can be split over multiple fields").
func WriteHeaders(h http.Header, d Decision) {
	if len(d.States) > 0 {
		policies, limits := make([]string, len(d.States)), make([]string, len(d.States))
		for i, s := range d.States {
			policies[i] = item(s.Name, "q", int64(s.Requests), "w", seconds(s.Window))
			limits[i] = item(s.Name, "r", int64(s.Remaining), "t", seconds(s.Reset))
		}
		h.Add("RateLimit-Policy", strings.Join(policies, ", "))
		h.Add("RateLimit", strings.Join(limits, ", "))
	}
	if !d.Allowed {
		h.Set("Retry-After", strconv.FormatInt(max(seconds(d.RetryAfter), 1), 10))
	}
}

// item is a structured string with two integer parameters (RFC 9651 §3.1.2). A limit's name needs no escape: Validate sees to it.
func item(name, first string, a int64, second string, b int64) string {
	return `"` + name + `";` + first + "=" + strconv.FormatInt(a, 10) + ";" + second + "=" + strconv.FormatInt(b, 10)
}

func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
