package scope

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib" // the driver behind database/sql, too
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Open makes a pool of at most size connections with the application's login. It does not connect yet.
func Open(url string, size int) (*gorm.DB, *sql.DB, error) {
	pool, err := sql.Open("pgx", url)
	if err != nil {
		return nil, nil, fmt.Errorf("open database: %w", err)
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), &gorm.Config{
		TranslateError:         false, // stores read constraint names
		SkipDefaultTransaction: true,  // every transaction is opened by InTx
		DisableAutomaticPing:   true,
		Logger:                 logger.Discard, // SQL holds personal data
	})
	if err != nil {
		return nil, nil, fmt.Errorf("open gorm: %w", err)
	}
	return db, pool, nil
}

// OpenPlatform makes a pool of at most size connections with the application's login whose every session is the platform's, whatever it runs: for a library that
// opens its own transactions. No statement of the program's own runs there.
func OpenPlatform(url string, size int) (*sql.DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	config.RuntimeParams["mofasa.scope"] = string(KindPlatform)
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return pool, nil
}
