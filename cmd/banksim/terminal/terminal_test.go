package terminal_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mofasa/cmd/banksim/terminal"
)

// frames are the worked frames of the protocol, byte for byte.
func frames(t *testing.T) map[string][]byte {
	t.Helper()
	file, err := os.Open("testdata/worked_frames.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, row := range rows[1:] {
		if all[row[0]], err = hex.DecodeString(strings.ReplaceAll(row[1], " ", "")); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

type rig struct {
	*terminal.Terminal
	address string
	now     *atomic.Int64
	frames  map[string][]byte
}

func newRig(t *testing.T, o terminal.Options) rig {
	t.Helper()
	r := rig{now: &atomic.Int64{}, frames: frames(t)}
	r.now.Store(time.Date(2026, 11, 20, 6, 45, 42, 0, time.UTC).Unix()) // 1405/08/29 10:15:42 at Tehran
	o.Clock = func() time.Time { return time.Unix(r.now.Load(), 0) }
	r.Terminal = terminal.New(o)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.address = listener.Addr().String()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r rig) dial(t *testing.T) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	_ = connection.SetDeadline(time.Now().Add(5 * time.Second))
	return connection
}

func (r rig) say(t *testing.T, connection net.Conn, name string) {
	t.Helper()
	if _, err := connection.Write(r.frames[name]); err != nil {
		t.Fatal(err)
	}
}

// expect reads exactly the named frames.
func (r rig) expect(t *testing.T, connection net.Conn, names ...string) {
	t.Helper()
	for _, name := range names {
		got := make([]byte, len(r.frames[name]))
		if _, err := io.ReadFull(connection, got); err != nil || !bytes.Equal(got, r.frames[name]) {
			t.Fatalf("%s, %v:\n got % x\nwant % x", name, err, got, r.frames[name])
		}
	}
}

// ended holds where the device has hung up without another word.
func ended(t *testing.T, connection net.Conn) {
	t.Helper()
	if rest, err := io.ReadAll(connection); err != nil || len(rest) > 0 {
		t.Errorf("it says % x, %v", rest, err)
	}
}

// The worked conversation of the protocol: two sales, their reports and searches, each answer byte for byte.
func TestTheWorkedConversation(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	sale := r.dial(t)
	r.say(t, sale, "INM")
	r.expect(t, sale, "ACK 000")
	r.say(t, sale, "W1")
	r.expect(t, sale, "ACK 000", "W4")
	r.say(t, sale, "ACK 000")
	ended(t, sale)

	r.Arrange("14050829000124", terminal.Scenario{Code: "51"}, 0)
	r.now.Add(81)
	poor := r.dial(t)
	r.say(t, poor, "INM")
	r.expect(t, poor, "ACK 000")
	r.say(t, poor, "W2")
	answer := make([]byte, len(r.frames["ACK 000"])+len(r.frames["W5"]))
	if _, err := io.ReadFull(poor, answer); err != nil {
		t.Fatal(err)
	}
	r.say(t, poor, "ACK 000")
	ended(t, poor)
	wanted := r.frames["W5"][:8+2*107]
	if got := answer[10 : 10+len(wanted)]; !bytes.Equal(got, wanted) { // before the text, which the worked frame lacks
		t.Errorf("W5:\n got % x\nwant % x", got, wanted)
	}

	for question, wanted := range map[string]string{"W6": "W7", "W8": "W9", "W11": "W12", "W15": "W16"} {
		c := r.dial(t)
		r.say(t, c, "INM")
		r.expect(t, c, "ACK 000")
		r.say(t, c, question)
		r.expect(t, c, "ACK 002", wanted)
		r.say(t, c, "ACK 000")
		ended(t, c)
	}
	books := r.Transactions()
	if len(books) != 2 || !books[0].Acknowledged || books[0].Charged != 3_720_000 || books[1].Charged != 0 || len(books[1].Splits) != 2 || books[1].Splits[0].Amount != 3_500_000 {
		t.Errorf("%+v", books)
	}
}

// Asked for again under its order number a sale runs once; another device that calls while one is served is told to wait; a damaged request is not acted upon.
func TestOnceAndOneAtATime(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	for range 2 {
		c := r.dial(t)
		r.say(t, c, "INM")
		r.expect(t, c, "ACK 000")
		other := r.dial(t)
		r.say(t, other, "INM")
		r.expect(t, other, "NACK 000")
		bent := bytes.Clone(r.frames["W1"])
		bent[12] ^= 1
		if _, err := c.Write(bent); err != nil {
			t.Fatal(err)
		}
		r.expect(t, c, "NACK 000")
		r.say(t, c, "W1")
		r.expect(t, c, "ACK 000", "W4")
		r.say(t, c, "ACK 000")
		ended(t, c)
	}
	if books := r.Transactions(); len(books) != 1 || books[0].Requests != 2 {
		t.Errorf("%+v", books)
	}
}

// What charges nobody leaves no trace in the books; what charges leaves one, whatever the line does.
func TestScenariosChargeOrNot(t *testing.T) {
	t.Parallel()
	for name, charges := range map[string]bool{
		"refused": false, "silent": false, "cut_before": false, "ack_silence": false, "cancelled": false, "decline": false,
		"approve": true, "cut_after": true, "unheard": true, "garbage": true, "half": true, "spoilt": true, "spoilt_always": true, "twice": true, "pieces": true, "together": true,
		"cancelled_paid": true, "other_amount": true, "wrong_echo": true, "search_empty": true,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, terminal.Options{})
			r.Arrange("", terminal.Named()[name], 0)
			c := r.dial(t)
			r.say(t, c, "INM")
			r.expect(t, c, "ACK 000")
			r.say(t, c, "W1")
			_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
			_, _ = io.Copy(io.Discard, c)
			c.Close()
			charged := int64(0)
			for _, done := range r.Transactions() {
				charged += done.Charged
			}
			if (charged > 0) != charges {
				t.Errorf("charged %d", charged)
			}
		})
	}
}

// A customer who is at the card goes on though the line is cut, and the device is busy until then; a cancel of the PC stops them.
func TestTheCustomerGoesOn(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{Customer: 200 * time.Millisecond})
	c := r.dial(t)
	r.say(t, c, "INM")
	r.expect(t, c, "ACK 000")
	r.say(t, c, "W1")
	r.expect(t, c, "ACK 000")
	c.Close()
	if !r.Busy() || len(r.Transactions()) != 0 {
		t.Errorf("busy %t, %+v", r.Busy(), r.Transactions())
	}
	for until := time.Now().Add(3 * time.Second); r.Busy() && time.Now().Before(until); {
		time.Sleep(10 * time.Millisecond)
	}
	if books := r.Transactions(); len(books) != 1 || books[0].Charged == 0 || books[0].Acknowledged {
		t.Errorf("%+v", books)
	}
	c = r.dial(t)
	r.say(t, c, "INM")
	r.expect(t, c, "ACK 000")
	r.say(t, c, "W2")
	r.expect(t, c, "ACK 000")
	r.say(t, c, "EOT")
	r.expect(t, c, "EOT")
	ended(t, c)
	if books := r.Transactions(); len(books) != 1 {
		t.Errorf("%+v", books)
	}
}

func TestTheDeviceRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	for name, tt := range map[string]struct{ data, code string }{
		"too little":            {head("999", "000000", "\x10") + "0011", "13"},
		"no amount":             {head("", "000000", "\x10") + "0012", "13"},
		"a wrong sum":           {head("3000", "000000", "\x11") + "037" + "502" + "10001000000001000" + "10002000000001999" + "0013", "30"},
		"an unsound IBAN":       {head("3000", "000000", "\x11") + "042" + "501" + "3IR080170000000100200300401" + "000000003000" + "0014", "30"},
		"half a field":          {head("3000", "000000", "\x10") + "01412", "30"},
		"a bill without a bill": {head("3000", "170000", "\x10") + "0015", "20"},
		"an unknown processing": {head("3000", "310000", "\x10") + "0016", "57"},
	} {
		c := r.dial(t)
		r.say(t, c, "INM")
		r.expect(t, c, "ACK 000")
		if _, err := c.Write(pack(tt.data)); err != nil {
			t.Fatal(err)
		}
		r.expect(t, c, "ACK 000")
		answer := make([]byte, 284)
		if _, err := io.ReadFull(c, answer); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r.say(t, c, "ACK 000")
		ended(t, c)
		if got := string([]byte{answer[8], answer[10]}); got != tt.code {
			t.Errorf("%s: code %s, want %s", name, got, tt.code)
		}
	}
	for _, done := range r.Transactions() {
		if done.Charged != 0 {
			t.Errorf("%+v", done)
		}
	}
}

func TestMagicAmountsAndControl(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	server := httptest.NewServer(r.Handler())
	t.Cleanup(server.Close)
	post := func(body string) int {
		response, err := http.Post(server.URL+"/_sim/terminal/scenario", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	for body, status := range map[string]int{
		`{"name":"cut_after"}`: 204, `{"name":"decline","code":"61","order_id":"7"}`: 204, `{"link":"half","search":"empty"}`: 204, `{"name":"nothing"}`: 422, `{"link":"x"}`: 422, `{"code":"1"}`: 422,
		`{"nam":"x"}`: 400, `{`: 400,
	} {
		if got := post(body); got != status {
			t.Errorf("%s: %d, want %d", body, got, status)
		}
	}
	read := func(path string, into any) {
		response, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if err := json.NewDecoder(response.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	read("/_sim/terminal/scenarios", &names)
	if len(names) != len(terminal.Named()) || !slices.Contains(names, "cut_after") {
		t.Errorf("%+v", names)
	}
	r.Enter(5_000)
	var books []terminal.Transaction
	read("/_sim/terminal/transactions", &books)
	if len(books) != 1 || books[0].Charged != 5_000 {
		t.Errorf("%+v", books)
	}
	if s, ok := terminal.Magic(1_861_000); !ok || s.Code != "61" {
		t.Errorf("%+v %t", s, ok)
	}
	chosen := map[terminal.Scenario]bool{}
	for n := int64(900_000); n < 1_000_000; n += 1_000 {
		if s, ok := terminal.Magic(4_000_000 + n); ok {
			chosen[s] = true
		}
	}
	if len(chosen) != len(terminal.Named())-2 { // an approval and a busy device are no fault of a sale
		t.Errorf("%d scenarios can be chosen by an amount", len(chosen))
	}
	for _, ordinary := range []int64{3_720_000, 800_000, 903_001, 1_000_000} {
		if s, ok := terminal.Magic(ordinary); ok {
			t.Errorf("%d is magic: %+v", ordinary, s)
		}
	}
}

// Amounts choose faults only where the terminal was told so.
func TestMagicIsOff(t *testing.T) {
	t.Parallel()
	for magic, paid := range map[bool]int{false: 1, true: 0} {
		r := newRig(t, terminal.Options{Magic: magic})
		c := r.dial(t)
		r.say(t, c, "INM")
		r.expect(t, c, "ACK 000")
		if _, err := c.Write(pack(head("3902000", "000000", "\x10") + "0011")); err != nil {
			t.Fatal(err)
		}
		r.expect(t, c, "ACK 000")
		_ = c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		_, _ = io.Copy(io.Discard, c)
		c.Close()
		if n := len(r.Transactions()); n != paid {
			t.Errorf("magic %t: %d sales", magic, n)
		}
	}
}

// head is the fixed part of a request.
func head(amount, code, bitmap string) string {
	return amount + strings.Repeat("\x00", 13-len(amount)) + strings.Repeat(" ", 14) + "0200" + code + bitmap
}

// pack makes a request of its data, as the document words it.
func pack(data string) []byte {
	body := fmt.Appendf(nil, "%03d000\x19%s\x03", len(data)+6, data)
	check := byte(0)
	for _, b := range body {
		check ^= b
	}
	return append(append([]byte{2}, body...), check)
}
