package payments

import (
	"context"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/tenants/scope"
)

// tellCity tells what the scope's city may know of an item: its bills, which it sees alone, and its own books.
func tellCity(tx *scope.Tx, item Item) (Tale, error) {
	t := Tale{Item: &item}
	var err error
	t.Bills, err = billsNow(tx, `WHERE EXISTS (SELECT 1 FROM suspense_parts s WHERE s.municipality_id = b.municipality_id AND s.bill_id = b.id AND s.item_id = ?)`, item.ID)
	if err != nil {
		return t, err
	}
	if len(t.Bills) > 0 {
		t.OrderID = t.Bills[0].OrderID
	}
	t.Entries, err = entries(tx, `WHERE e.source_kind IN ('payment','suspense','refund') AND e.source_id IN ?`, []uuid.UUID{item.ID, item.SourceID})
	return t, err
}

// StoryOf tells the story of a payment that is named by its id, our number of it, the provider's reference, the switch's number or an order's id; or of a bank line, by its id
// or its trace. false: there is none.
func (s *Service) StoryOf(ctx context.Context, name string) (tale Tale, found bool, err error) {
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		payment, err := findPayment(tx, name)
		if err != nil {
			return err
		}
		if found = payment != uuid.Nil; found {
			tale, err = s.tellLast(ctx, tx, OfPayment, payment)
			return err
		}
		lines, err := findLines(tx, `WHERE l.id::text = ? OR l.trace = ? OR l.number = nullif(?, '') ORDER BY l.at DESC, l.id DESC LIMIT 1`, name, name, name)
		if err != nil || len(lines) == 0 {
			return err
		}
		found = true
		tale, err = s.tellLast(ctx, tx, OfBankLine, lines[0].ID)
		return err
	})
	return tale, found, err
}

// tellLast tells of a source with its last item at the desk, if it ever had one.
func (s *Service) tellLast(ctx context.Context, tx *scope.Tx, source SourceKind, id uuid.UUID) (Tale, error) {
	list, err := items(tx, `WHERE i.source_kind = ? AND i.source_id = ? ORDER BY i.opened_at DESC LIMIT 1`, string(source), id)
	if err != nil {
		return Tale{}, err
	}
	var item *Item
	if len(list) > 0 {
		item = &list[0]
	}
	return s.tell(ctx, tx, source, id, item)
}

func (s *Service) tell(ctx context.Context, tx *scope.Tx, source SourceKind, id uuid.UUID, item *Item) (Tale, error) {
	t := Tale{Item: item}
	var err error
	if source == OfBankLine {
		err = t.ofLine(tx, id)
	} else {
		err = t.ofPayment(tx, id)
	}
	if err != nil {
		return t, err
	}
	if len(t.Bills) > 0 {
		t.OrderID = t.Bills[0].OrderID
	}
	if t.Payment != nil && !t.Payment.TopsUp() {
		t.OrderID = t.Payment.OrderID
	}
	if t.OrderState, err = orderState(tx, t.OrderID); err != nil {
		return t, err
	}
	if err := t.ofMoney(tx, source, id); err != nil {
		return t, err
	}
	t.Suggestions = t.suggest(tx.Now, s.reverseWindow(ctx, t.Payment))
	return t, nil
}

// ofMoney reads where a source's money went: by refunds, by payouts of every item that it ever had at the desk, and in the books.
func (t *Tale) ofMoney(tx *scope.Tx, source SourceKind, id uuid.UUID) error {
	of := []uuid.UUID{id}
	var err error
	if t.Payment != nil {
		if t.Refunds, err = refunds(tx, `WHERE r.payment_id = ? ORDER BY r.requested_at, r.municipality_id, r.id`, id); err != nil {
			return err
		}
	}
	for _, r := range t.Refunds {
		of = append(of, r.ID)
	}
	ever, err := items(tx, `WHERE i.source_kind = ? AND i.source_id = ?`, string(source), id)
	if err != nil {
		return err
	}
	for _, i := range ever {
		of = append(of, i.ID)
	}
	if t.Payouts, err = payouts(tx, `WHERE i.source_kind = ? AND i.source_id = ? ORDER BY o.asked_at, o.id`, string(source), id); err != nil {
		return err
	}
	t.Entries, err = entries(tx, `WHERE e.source_kind IN ('payment','suspense','refund') AND e.source_id IN ?`, of)
	return err
}

func (t *Tale) ofPayment(tx *scope.Tx, id uuid.UUID) error {
	p, err := load(tx, id, false)
	if err != nil {
		return err
	}
	t.Payment = &p
	if t.Steps, err = Story(tx, id); err != nil {
		return err
	}
	if t.FeeTaken, err = feeElsewhere(tx, &p); err != nil {
		return err
	}
	t.Bills, err = billsOfPayment(tx, p)
	return err
}

// ofLine reads a bank's line; an office does not see the line itself, whose words the item keeps.
func (t *Tale) ofLine(tx *scope.Tx, id uuid.UUID) error {
	lines, err := findLines(tx, `WHERE l.id = ?`, id)
	if err != nil || len(lines) == 0 {
		return err
	}
	t.Line = &lines[0]
	t.Bills, err = billsByPair(tx, t.Line.Bill, t.Line.Payment)
	return err
}

// billsByPair reads the bill with two numbers; none where they are no numbers of a bill.
func billsByPair(tx *scope.Tx, bill, payment string) ([]BillNow, error) {
	pair, err := bills.ParseMunicipalPair(bill, payment)
	if err != nil {
		return nil, nil
	}
	return billsNow(tx, `WHERE b.bill_id = ? AND b.payment_id = ?`, string(pair.Bill), string(pair.Payment))
}
