// Package app holds the program's configuration and turns it into a running program: the only place that knows everything.
package app

import (
	"fmt"

	"github.com/caarlos0/env/v11"
)

// Config is the whole configuration; every field is an environment variable.
type Config struct {
	DatabaseURL      string `env:"MOFASA_DATABASE_URL"`                                  // login mofasa_app
	DatabaseOwnerURL string `env:"MOFASA_DATABASE_OWNER_URL"`                            // login mofasa_owner; migrate only
	DatabaseAdminURL string `env:"MOFASA_DATABASE_ADMIN_URL"`                            // migrate only: makes roles and database where they are missing
	DatabasePool     int    `env:"MOFASA_DATABASE_POOL" envDefault:"20"`                 // connections per process
	RedisURL         string `env:"MOFASA_REDIS_URL"`                                     // empty: limits are counted in the process
	Listen           string `env:"MOFASA_LISTEN" envDefault:"127.0.0.1:8080"`            // address to serve on
	PublicURL        string `env:"MOFASA_PUBLIC_URL" envDefault:"http://localhost:8080"` // where browsers reach the server
	KeysDir          string `env:"MOFASA_KEYS_DIR" envDefault:"var/keys"`                // signing keys; made where missing
	SEPURL           string `env:"MOFASA_SEP_URL" envDefault:"https://sep.shaparak.ir"`
	SEPPageURL       string `env:"MOFASA_SEP_PAGE_URL"` // where the payer's browser reaches the gateway, if that differs
	SEPTerminal      string `env:"MOFASA_SEP_TERMINAL"`
	ZarinpalURL      string `env:"MOFASA_ZARINPAL_URL" envDefault:"https://payment.zarinpal.com"`
	ZarinpalPageURL  string `env:"MOFASA_ZARINPAL_PAGE_URL"` // as MOFASA_SEP_PAGE_URL
	MellatURL        string `env:"MOFASA_MELLAT_URL" envDefault:"https://bpm.shaparak.ir"`
	MellatPageURL    string `env:"MOFASA_MELLAT_PAGE_URL"`          // as MOFASA_SEP_PAGE_URL
	Processes        int    `env:"MOFASA_PROCESSES" envDefault:"1"` // that share the limits, for the fallback
	LogLevel         string `env:"MOFASA_LOG_LEVEL" envDefault:"info"`
	// Whoever moves money, publishes tariffs or lets others in signs in with a second factor. False only where things are tried out.
	RequireSecondFactor bool `env:"MOFASA_REQUIRE_SECOND_FACTOR" envDefault:"true"`
	TrustProxy          bool `env:"MOFASA_TRUST_PROXY"` // there is one proxy before us, and what it adds to X-Forwarded-For is the caller's address
}

// LoadConfig reads the environment.
func LoadConfig() (Config, error) {
	c, err := env.ParseAs[Config]()
	if err != nil {
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	return c, nil
}

// Require names the first of the given variables that is empty.
func Require(values map[string]string) error {
	for name, value := range values {
		if value == "" {
			return fmt.Errorf("configuration: %s is not set", name)
		}
	}
	return nil
}
