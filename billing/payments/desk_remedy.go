package payments

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/deposits"
	"mofasa/billing/ledger"
	"mofasa/billing/payments/gateway"
	"mofasa/tenants/scope"
)

// matter is an item on the desk with its money's source locked, and what a remedy has done so far.
type matter struct {
	item     Item
	payment  *Payment
	line     *BankLine
	order    bills.Head // of the payment; zero: it has none
	proposal Proposal
	effect   Effect
	before   map[uuid.UUID]int // versions of payments before the remedy
	bills    []BillNow         // as they stood before it
}

// remedyOf locks what a proposal is about, in the order in which everything is locked here: orders, payment, item.
func (s *Service) remedyOf(tx *scope.Tx, p Proposal) (*matter, error) {
	item, err := anItem(tx, p.Item, false)
	if err != nil {
		return nil, err
	}
	m := &matter{item: item, proposal: p, before: map[uuid.UUID]int{}}
	if err := m.lock(tx); err != nil {
		return nil, err
	}
	if m.item, err = anItem(tx, p.Item, true); err != nil {
		return nil, err
	}
	if !m.item.Open() {
		return nil, ErrItemClosed
	}
	return m, nil
}

func (m *matter) lock(tx *scope.Tx) (err error) {
	var numbers []BillNow
	if m.proposal.Remedy == ApplyTo {
		if numbers, err = billsByPair(tx, m.proposal.Bill, m.proposal.Payment); err != nil {
			return err
		}
	}
	if m.item.Source == OfBankLine {
		line, err := theLine(tx, m.item.SourceID)
		if err != nil {
			return err
		}
		if m.line = &line; len(numbers) == 0 {
			if numbers, err = billsByPair(tx, line.Bill, line.Payment); err != nil {
				return err
			}
		}
		m.bills = numbers
		return m.lockOrders(tx)
	}
	p, err := load(tx, m.item.SourceID, false)
	if err != nil {
		return err
	}
	own, err := billsOfPayment(tx, p)
	if err != nil {
		return err
	}
	m.bills = append(own, numbers...)
	if err := m.lockOrders(tx, p.OrderID); err != nil {
		return err
	}
	if p, err = load(tx, p.ID, true); err != nil {
		return err
	}
	m.payment, m.before[p.ID] = &p, p.Version
	if !p.TopsUp() {
		m.order, err = bills.Lock(tx, p.OrderID)
	}
	return err
}

// lockOrders holds the orders of bills, the smallest id first, and reads the bills again.
func (m *matter) lockOrders(tx *scope.Tx, more ...uuid.UUID) error {
	var ids []uuid.UUID
	for _, b := range m.bills {
		ids = append(ids, b.OrderID)
	}
	ids = append(ids, more...)
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range slices.Compact(ids) {
		if id == uuid.Nil {
			continue
		}
		if _, err := bills.Lock(tx, id); err != nil {
			return err
		}
	}
	for i, b := range m.bills {
		now, err := billsNow(tx, `WHERE b.municipality_id = ? AND b.id = ?`, b.MunicipalityID, b.ID)
		if err != nil || len(now) != 1 {
			return err
		}
		m.bills[i] = now[0]
	}
	return nil
}

// carryOut does what a proposal says, in new entries and steps alone.
func (s *Service) carryOut(tx *scope.Tx, m *matter, window time.Duration) error {
	tale := Tale{Item: &m.item, Payment: m.payment, Line: m.line, Bills: m.ownBills()}
	var err error
	if tale.FeeTaken, err = feeElsewhere(tx, m.payment); err != nil {
		return err
	}
	needs, possible := tale.needs(m.proposal.Remedy, tx.Now, window)
	if !possible {
		return tale.refusal(m.proposal.Remedy)
	}
	if slices.Contains(needs, "evidence") && m.proposal.Evidence == "" {
		return errRemedyEvidence.On("evidence")
	}
	if err := m.prove(tx, slices.Contains(needs, "amount_rial")); err != nil {
		return err
	}
	switch m.proposal.Remedy {
	case Apply:
		return s.applyOwn(tx, m)
	case ApplyTo:
		return s.applyOther(tx, m)
	case GiveBack:
		return m.giveBack(tx)
	case ToDeposit:
		return s.toDeposit(tx, m)
	default:
		return m.dismiss(tx)
	}
}

// prove puts money that was never confirmed into suspense, as much as the evidence shows, so that this and no more leaves it. Of what was confirmed nobody says another amount.
func (m *matter) prove(tx *scope.Tx, needed bool) error {
	shown := m.proposal.Amount
	switch {
	case !needed && shown != 0 && shown != m.item.Amount:
		return impossible(otherAmount)
	case !needed:
		return nil
	case shown == 0:
		return errRemedyAmount.On("amount_rial")
	case m.proposal.Remedy == Apply && shown != m.payment.Amount:
		return impossible(otherAmount)
	}
	if _, first, err := confirmItem(tx, m.payment.ID, shown); err != nil || !first {
		return orRemedy(err)
	}
	m.item.Amount = shown
	return ledger.Post(tx, Parked{OfficeID: m.item.OfficeID, Provider: m.item.Provider, Amount: shown}.entry(m.item.ID))
}

// ownBills are the bills that the money came for.
func (m *matter) ownBills() []BillNow {
	if m.payment == nil {
		return m.bills
	}
	return m.bills[:len(m.payment.bills())]
}

// applyOwn pays the bills that the money came for. Money in suspense leaves it for the provider's account in the cities' books, where the capture has put it.
func (s *Service) applyOwn(tx *scope.Tx, m *matter) error {
	if m.line != nil {
		return s.applyLine(tx, m, m.bills[0])
	}
	taken, err := retake(tx, m.order, m.payment.bills())
	if err != nil || !taken {
		return orRemedy(err)
	}
	m.payment.Reason = ""
	p, err := s.capture(tx, *m.payment, m.word(), gateway.Answer{})
	if err == nil && p.State != Captured {
		err = ErrRemedy
	}
	if err != nil {
		return err
	}
	return m.outOfSuspense(tx, ledger.Receivable(m.item.Provider))
}

func orRemedy(err error) error {
	if err != nil {
		return err
	}
	return ErrRemedy
}

// applyLine pays a bill with a bank's money.
func (s *Service) applyLine(tx *scope.Tx, m *matter, to BillNow) error {
	if m.item.Amount != to.Amount {
		return errRemedyBill.On("bill_id")
	}
	found, err := findTarget(tx, to.Pair)
	if err != nil || found == nil {
		return orRemedy(err)
	}
	line := *m.line
	line.Bill = string(to.Pair.Bill) // names the payment's reference; the bank's own words stay in the story
	p, reason, err := s.capturePaper(tx, line, *found)
	if err == nil && reason != "" {
		err = ErrRemedy.With("reason", reason)
	}
	if err != nil {
		return err
	}
	m.before[p.ID] = -1
	return m.outOfSuspense(tx, ledger.Receivable(m.item.Provider))
}

// applyOther pays another bill of the same amount. A payment's money pays it by a payment of its own, with the provider's reference and where it came from.
func (s *Service) applyOther(tx *scope.Tx, m *matter) error {
	to := m.bills[len(m.bills)-1]
	if (m.payment != nil && len(m.bills) == len(m.payment.bills())) || to.Amount != m.item.Amount || !to.payable(tx.Now) {
		return errRemedyBill.On("bill_id")
	}
	if m.line != nil {
		return s.applyLine(tx, m, to)
	}
	order, err := bills.Lock(tx, to.OrderID)
	if err != nil {
		return err
	}
	found, err := findTarget(tx, to.Pair)
	if err != nil || found == nil || found.IBAN == "" {
		return orRemedy(err)
	}
	parts := []Part{{MunicipalityID: to.MunicipalityID, BillID: to.ID, IBAN: found.IBAN, Amount: to.Amount}}
	taken, err := retake(tx, order, parts)
	if err != nil || !taken {
		return orRemedy(err)
	}
	p := begin(tx, Request{OfficeID: order.OfficeID, OrderID: order.ID, Method: m.payment.Method}, route{provider: m.payment.Provider, terminal: m.payment.Terminal})
	p.PersonID, p.Amount, p.Parts = uuid.Nil, to.Amount, parts
	if err := insert(tx, p); err != nil {
		return err
	}
	p.Reference, p.RRN, p.MaskedPAN = m.payment.Reference+"/"+m.item.ID.String(), m.payment.RRN, m.payment.MaskedPAN
	if p, err = s.capture(tx, p, m.word(), gateway.Answer{}); err == nil && p.State != Captured {
		err = ErrRemedy
	}
	if err != nil {
		return err
	}
	m.before[p.ID] = -1
	if err := m.end(tx, Failed, appliedElsewhere); err != nil {
		return err
	}
	return m.outOfSuspense(tx, ledger.Receivable(m.item.Provider))
}

// giveBack asks the treasury to pay the money out.
func (m *matter) giveBack(tx *scope.Tx) error {
	if err := insertPayout(tx, m.item, m.proposal.IBAN); err != nil {
		return err
	}
	m.effect.Payout, m.effect.IBAN = m.item.Amount, m.proposal.IBAN
	if err := m.end(tx, Refunded, "given_back"); err != nil {
		return err
	}
	return m.outOfSuspense(tx, ledger.RefundsPayable)
}

// toDeposit adds the money to the office's deposit. A top-up is captured by it; money of an order at the card terminal is given back to the office.
func (s *Service) toDeposit(tx *scope.Tx, m *matter) error {
	p, whole := m.payment, m.payment.TopsUp() && m.item.Amount == m.payment.Amount
	source, entry := deposits.Source{Kind: "suspense", ID: m.item.ID}, m.entry(ledger.Deposit(p.OfficeID))
	if whole {
		source, entry.Kind, entry.SourceKind, entry.SourceID = deposits.Source{Kind: "payment", ID: p.ID}, "topup", "payment", p.ID
	}
	if _, err := deposits.Apply(tx, p.OfficeID, deposits.TopUp, m.item.Amount, source); err != nil {
		return err
	}
	m.effect.Deposit = m.item.Amount
	if whole {
		p.Reason = ""
		_, err := s.captured(tx, *p, m.word(), []ledger.Entry{entry})
		return err
	}
	if err := m.end(tx, Refunded, "to_deposit"); err != nil {
		return err
	}
	return ledger.Post(tx, entry)
}

// dismiss closes what left no money: nothing was ever ours, or the provider has taken it back by itself.
func (m *matter) dismiss(tx *scope.Tx) error {
	if m.item.Amount == 0 {
		return m.end(tx, Failed, "no_money_stayed")
	}
	if err := m.end(tx, Reversed, "taken_back"); err != nil {
		return err
	}
	return m.outOfSuspense(tx, ledger.Receivable(m.item.Provider))
}

// reversed is what follows when the provider has given the money back to the card.
func (m *matter) reversed(tx *scope.Tx) error {
	if err := m.end(tx, Reversed, "given_back_to_card"); err != nil {
		return err
	}
	return m.outOfSuspense(tx, ledger.Receivable(m.item.Provider))
}

// end takes a payment out of suspense and gives its claims back to the order; a bank line has none.
func (m *matter) end(tx *scope.Tx, to State, reason string) error {
	if m.payment == nil {
		return nil
	}
	if !m.payment.TopsUp() {
		if err := bills.EndPaying(tx, m.payment.OrderID, m.payment.municipalities()); err != nil {
			return err
		}
	}
	m.payment.Reason = reason
	return advance(tx, m.payment, to, m.word())
}

// outOfSuspense posts the way of the item's money out of the suspense account; what never was in it moves nowhere.
func (m *matter) outOfSuspense(tx *scope.Tx, to ledger.Account) error {
	if m.item.Amount == 0 {
		return nil
	}
	return ledger.Post(tx, m.entry(to))
}

func (m *matter) entry(to ledger.Account) ledger.Entry {
	return ledger.Entry{MunicipalityID: ledger.Platform, Kind: "remedy", SourceKind: "suspense", SourceID: m.item.ID, OfficeID: m.item.OfficeID,
		Postings: []ledger.Posting{{Account: ledger.Suspense, Amount: m.item.Amount}, {Account: to, Amount: -m.item.Amount}}}
}

func (m *matter) word() word { return word{ByPerson, m.said()} }

func (m *matter) said() map[string]any {
	words := map[string]any{"item": m.item.ID.String(), "remedy": string(m.proposal.Remedy)}
	if m.proposal.Evidence != "" {
		words["evidence"] = m.proposal.Evidence
	}
	if m.proposal.Amount != 0 {
		words["amount_rial"] = m.proposal.Amount
	}
	if m.line != nil {
		for name, value := range m.line.said() {
			words[name] = value
		}
	}
	return words
}
