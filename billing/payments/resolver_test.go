package payments

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"mofasa/billing/payments/gateway"
)

// questions lists how old a payment is at each question, from its beginning to the last one.
func questions(p Payment, w gateway.Windows, whole time.Duration) (ages []time.Duration) {
	for age := time.Duration(0); age <= whole; {
		age += p.again(began.Add(age), w)
		ages = append(ages, age)
	}
	return ages
}

func TestQuestionsComeSoonAndOften(t *testing.T) {
	t.Parallel()
	p := Payment{Method: ByGateway, State: Sent, CreatedAt: began, ExpiresAt: began.Add(Lifetime)}
	ages := questions(p, gateway.Windows{Pay: 20 * time.Minute, Verify: 30 * time.Minute, Closed: time.Hour}, 2*time.Minute)
	for i, want := range []time.Duration{2, 4, 8, 16, 32, 62, 92, 122} {
		if ages[i] != want*time.Second {
			t.Errorf("question %d at %s, want %d s", i, ages[i], want)
		}
	}
	for _, final := range []State{Captured, Failed, Suspense, Reversed, Refunded} {
		if (Payment{Method: ByGateway, State: final, CreatedAt: began}).again(began, gateway.Windows{}) != 0 {
			t.Errorf("%s is asked about again", final)
		}
	}
	terminal := questions(Payment{Method: ByTerminal, State: Sent, CreatedAt: began, ExpiresAt: began.Add(Lifetime)}, gateway.Windows{}, Silent)
	if len(terminal) != 2 || terminal[0] <= Lifetime || terminal[1] <= Silent || terminal[1] > Silent+time.Minute {
		t.Errorf("a silent card terminal is judged at %s", terminal)
	}
}

// TestQuestionsProperty: whatever a provider's windows are, no pause inside them is longer than a tenth of the shortest or half a minute, the last question comes just
// after everything is closed, and a day of waiting takes no thousand questions.
func TestQuestionsProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minutes := func(name string, from, to int) time.Duration {
			return time.Duration(rapid.IntRange(from, to).Draw(t, name)) * time.Minute
		}
		w := gateway.Windows{Pay: minutes("pay", 1, 30), Inquire: minutes("inquire", 0, 60), Verify: minutes("verify", 2, 60)}
		w.Closed = max(w.Pay, Lifetime) + w.Verify + minutes("slack", 1, 24*60)
		p := Payment{Method: ByGateway, State: Unknown, CreatedAt: began}
		shortest := min(w.Pay, w.Verify)
		if w.Inquire > 0 {
			shortest = min(shortest, w.Inquire)
		}
		before := time.Duration(0)
		ages := questions(p, w, w.Closed)
		for _, age := range ages {
			if age <= max(w.Pay, Lifetime)+w.Verify && age-before > min(30*time.Second, max(shortest/10, 2*time.Second)) {
				t.Fatalf("from %s to %s nobody asks, windows %+v", before, age, w)
			}
			before = age
		}
		if last := ages[len(ages)-1]; last <= w.Closed || last > w.Closed+time.Minute {
			t.Fatalf("the last question comes at %s, closed at %s", last, w.Closed)
		}
		if len(ages) > 1000 {
			t.Fatalf("%d questions", len(ages))
		}
	})
}
