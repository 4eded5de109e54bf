package api

import (
	"context"
	"io"
	"log/slog"
	"regexp"
)

// NewLogger writes JSON lines with request and trace id, through the one filter that keeps personal data out of logs (I6).
func NewLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(withIDs{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: redact})})
}

type withIDs struct{ slog.Handler }

// Handle adds the ids of the request, if there is one.
func (h withIDs) Handle(ctx context.Context, r slog.Record) error {
	if ids, ok := ctx.Value(logIDsKey{}).(logIDs); ok {
		r.AddAttrs(slog.String("request_id", ids.request), slog.String("trace_id", ids.trace))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the ids on derived loggers.
func (h withIDs) WithAttrs(attrs []slog.Attr) slog.Handler {
	return withIDs{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the ids on derived loggers.
func (h withIDs) WithGroup(name string) slog.Handler { return withIDs{h.Handler.WithGroup(name)} }

// personal finds what must be in no log line: JWTs, VINs, plates (12ب14547, written in any digits, with or without «ایران»), IBANs and cards, national and
// legal IDs, mobile numbers. A motorcycle's plate is eight digits, or three and five.
var personal = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]*` +
	`|\b[A-HJ-NPR-Za-hj-npr-z0-9]{17}\b` +
	`|[0-9۰-۹٠-٩]{2}\s*[\x{0600}-\x{06EF}]{1,8}\s*[0-9۰-۹٠-٩]{3}[\s-]*(?:ایران)?[\s-]*[0-9۰-۹٠-٩]{2}` +
	`|(?:^|[^0-9A-Za-z-])[0-9۰-۹٠-٩]{2}\s*[DSds]\s*[0-9۰-۹٠-٩]{3}[\s-]*(?:ایران)?[\s-]*[0-9۰-۹٠-٩]{2}(?:$|[^0-9A-Za-z-])` +
	`|\bIR[0-9]{24}\b` +
	`|(?:^|[^0-9A-Za-z-])[0-9۰-۹٠-٩]{3}-?[0-9۰-۹٠-٩]{5,8}(?:$|[^0-9A-Za-z-])` +
	`|(?:^|[^0-9A-Za-z-])(?:\+|[0۰٠]{2})?[9۹٩][8۸٨][\s-]?[9۹٩](?:[\s-]?[0-9۰-۹٠-٩]){9}(?:$|[^0-9A-Za-z-])` +
	`|(?:^|[^0-9A-Za-z-])[0۰٠][9۹٩](?:[\s-]?[0-9۰-۹٠-٩]){9}(?:$|[^0-9A-Za-z-])` +
	`|\b[0-9]{16}\b`)

func redact(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
		return a
	}
	switch a.Value.Kind() {
	case slog.KindString:
		if plain(a.Value.String()) {
			return a
		}
		a.Value = slog.StringValue(personal.ReplaceAllString(a.Value.String(), "[redacted]"))
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			a.Value = slog.StringValue(personal.ReplaceAllString(err.Error(), "[redacted]"))
		}
	}
	return a
}
