package api

import (
	"context"

	"mofasa/api/gen"
)

// Healthz says that the process is alive.
func (s *server) Healthz(context.Context, gen.HealthzRequestObject) (gen.HealthzResponseObject, error) {
	return gen.Healthz200JSONResponse{Status: gen.HealthStatusOk}, nil
}

// Readyz says whether the process can serve. Causes are logged, not shown.
func (s *server) Readyz(ctx context.Context, _ gen.ReadyzRequestObject) (gen.ReadyzResponseObject, error) {
	health := gen.Health{Status: gen.HealthStatusOk}
	checks := map[string]string{}
	for name, err := range s.Ready(ctx) {
		checks[name] = "ok"
		if err != nil {
			s.Log.WarnContext(ctx, "not ready", "check", name, "error", err)
			checks[name], health.Status = "unavailable", gen.HealthStatusUnavailable
		}
	}
	health.Checks = &checks
	if health.Status == gen.HealthStatusUnavailable {
		return gen.Readyz503JSONResponse(health), nil
	}
	return gen.Readyz200JSONResponse(health), nil
}
