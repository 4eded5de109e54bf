package api

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"
)

// callers finds the address of whoever calls: of whoever is connected to us or, behind a proxy that is to be trusted, of whom the proxy speaks.
func callers(trustProxy bool) echo.IPExtractor {
	if trustProxy {
		return behindProxy
	}
	return echo.ExtractIPDirect()
}

// behindProxy is the address that the one proxy before us has seen: the last of X-Forwarded-For, which the proxy has added. All before it the caller wrote, and never
// counts, not for a caller in a private network either, who would choose their own address by it. Only a proxy beside us, or in a private network, is believed.
func behindProxy(r *http.Request) string {
	proxy := echo.ExtractIPDirect()(r)
	if at, err := netip.ParseAddr(proxy); err != nil || !inside(at) {
		return proxy
	}
	hops := strings.Split(strings.Join(r.Header.Values(echo.HeaderXForwardedFor), ","), ",")
	seen, err := netip.ParseAddr(strings.Trim(strings.TrimSpace(hops[len(hops)-1]), "[]"))
	if err != nil {
		return proxy
	}
	return seen.String()
}

func inside(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast()
}
