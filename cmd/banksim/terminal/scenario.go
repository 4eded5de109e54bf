package terminal

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Scenario is what goes wrong with one sale. The zero value is a paid sale and a faultless link.
type Scenario struct {
	Code    string `json:"code,omitempty"`     // the bank's answer; empty: 00
	DelayMS int64  `json:"delay_ms,omitempty"` // how long the customer takes
	Extra   int64  `json:"extra,omitempty"`    // rial charged beyond the amount, and told so
	Echo    int64  `json:"echo,omitempty"`     // rial told beyond what was charged
	Link    Link   `json:"link,omitempty"`
	Search  Search `json:"search,omitempty"` // how later questions about this sale are answered
}

// Link is how the connection of a sale misbehaves.
type Link string

// The ways of the link. The first six charge nobody.
const (
	LinkBusy       Link = "busy"        // NACK to INM; as often as times says
	LinkRefused    Link = "refused"     // NACK to the request
	LinkSilent     Link = "silent"      // no answer to the request
	LinkCutBefore  Link = "cut_before"  // ACK, then the connection is closed before the card is charged
	LinkAckSilence Link = "ack_silence" // ACK, then nothing
	LinkCancelled  Link = "cancelled"   // the customer presses cancel: EOT

	LinkCutAfter      Link = "cut_after"      // charged, then the connection is closed without an answer
	LinkUnheard       Link = "unheard"        // charged, but neither ACK nor answer arrives
	LinkGarbage       Link = "garbage"        // charged, answered with something that is no frame
	LinkHalf          Link = "half"           // charged, answered with half a frame
	LinkSpoilt        Link = "spoilt"         // the first answer has a wrong byte, the repeated one is right
	LinkSpoiltAlways  Link = "spoilt_always"  // every answer has a wrong byte
	LinkTwice         Link = "twice"          // the answer comes twice in one segment
	LinkPieces        Link = "pieces"         // the answer comes byte by byte
	LinkTogether      Link = "together"       // ACK and answer in one segment
	LinkCancelledPaid Link = "cancelled_paid" // EOT, and then the answer of a paid sale
)

// Search is how reports about a sale misbehave.
type Search string

// The ways of the reports.
const (
	SearchEmpty      Search = "empty"       // searches find nothing although it was charged
	SearchOtherOrder Search = "other_order" // searches answer with another order number
	SearchSilent     Search = "silent"      // searches are not answered
	SearchFirst      Search = "first_only"  // NACK to 0017; 0015 works
	SearchListOnly   Search = "list_only"   // NACK to both searches; 0013 works
	SearchLastOnly   Search = "last_only"   // NACK to both searches and 0013; 0001 works
)

// Named gives every scenario that has a name.
func Named() map[string]Scenario {
	const slow = 10_000
	all := map[string]Scenario{
		"approve": {}, "decline": {Code: "51"}, "slow": {DelayMS: slow}, "other_amount": {Extra: 10}, "wrong_echo": {Echo: 10},
		"wrong_order": {Link: LinkCutAfter, Search: SearchOtherOrder}, "search_empty": {Link: LinkCutAfter, Search: SearchEmpty}, "search_silent": {Link: LinkCutAfter, Search: SearchSilent},
		"search_first": {Link: LinkCutAfter, Search: SearchFirst}, "search_list": {Link: LinkCutAfter, Search: SearchListOnly}, "search_last": {Link: LinkCutAfter, Search: SearchLastOnly},
	}
	for _, link := range links() {
		all[string(link)] = Scenario{Link: link}
	}
	return all
}

func links() []Link {
	return []Link{LinkBusy, LinkRefused, LinkSilent, LinkCutBefore, LinkAckSilence, LinkCancelled, LinkCutAfter, LinkUnheard, LinkGarbage, LinkHalf, LinkSpoilt, LinkSpoiltAlways, LinkTwice, LinkPieces,
		LinkTogether, LinkCancelledPaid}
}

// Names lists the named scenarios in order.
func Names() []string { return slices.Sorted(maps.Keys(Named())) }

// endings are the last six digits, in thousands of rial because bills are whole thousands, of the amounts that choose a scenario; …801 to …899 decline with that code. Where a
// fault means the same as one of the gateways, the number is the same.
var endings = map[string]int64{
	"slow": 901, "cut_before": 902, "cut_after": 903, "twice": 904, "other_amount": 907, "wrong_order": 910, "decline": 912, "cancelled": 914, "cancelled_paid": 915, "garbage": 916,
	"half": 917, "silent": 918, "ack_silence": 919, "unheard": 920, "spoilt": 921, "spoilt_always": 922, "wrong_echo": 923, "refused": 924, "pieces": 925, "together": 926,
	"search_empty": 927, "search_silent": 928, "search_first": 929, "search_list": 930, "search_last": 931,
}

// Magic is the scenario that an amount chooses, and whether it chooses one.
func Magic(amount int64) (Scenario, bool) {
	const window, thousand, codes = 1_000_000, 1_000, 800
	n := amount % window / thousand
	if amount%thousand != 0 {
		return Scenario{}, false
	}
	if n > codes && n < codes+100 {
		return Scenario{Code: fmt.Sprintf("%02d", n-codes)}, true
	}
	for name, ending := range endings {
		if ending == n {
			return Named()[name], true
		}
	}
	return Scenario{}, false
}

var errScenario = errors.New("terminal: unknown link, search or code")

// check refuses a misspelt scenario; a test would otherwise pass because nothing went wrong.
func (s Scenario) check() error {
	searches := []Search{"", SearchEmpty, SearchOtherOrder, SearchSilent, SearchFirst, SearchListOnly, SearchLastOnly}
	sound := (s.Link == "" || slices.Contains(links(), s.Link)) && slices.Contains(searches, s.Search) && s.DelayMS >= 0
	if !sound || len(s.Code) == 1 || len(s.Code) > 3 {
		return errScenario
	}
	return nil
}

// Arrange sets what happens to the sale of an order number, or to the next sale where order is empty. What has
// been sold already answers searches accordingly. A busy device tells times calls that it is not ready.
func (t *Terminal) Arrange(order string, s Scenario, times int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case s.Link == LinkBusy:
		t.refusals = max(times, 1)
	case order == "":
		t.next = append(t.next, s)
	default:
		t.arranged[order] = s
		for i := range t.books {
			if t.books[i].OrderID == order {
				t.books[i].Search = s.Search
			}
		}
	}
}

// choose takes the scenario of a sale: arranged for its order, else for the next sale, else by its amount if amounts choose.
func (t *Terminal) choose(p purchase) Scenario {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s, ok := t.arranged[p.order]; ok {
		return s
	}
	if len(t.next) > 0 {
		s := t.next[0]
		t.next = t.next[1:]
		return s
	}
	if s, chosen := Magic(p.amount); chosen && t.options.Magic {
		return s
	}
	return Scenario{}
}
