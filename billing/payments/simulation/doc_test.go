// Package simulation takes payments apart on purpose. Real services on a real PostgreSQL meet a simulated provider, a simulated clock and a scheduler that runs one
// request at a time and stops it at every statement and every call; what runs next, which process dies, what the provider loses and how far the clock jumps come from a
// seed alone. Afterwards everybody's books must agree.
//
//	go test ./billing/payments/simulation -seed 17 -v    one seed again, with its steps
//	go test ./billing/payments/simulation -seeds 100000  many
package simulation
