package ledger

import (
	"errors"
	"fmt"

	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// TrialBalanceAround sums the books of a municipality, or with 0 all that the scope sees, without the entries of one source, and with them. Both are of the same moment,
// so that what others post meanwhile stands in both or in neither. It reads every entry; TrialBalanceAt does not. Books that do not sum to zero are an error (I1).
func TrialBalanceAround(tx *scope.Tx, municipality int, of Source) (before, after Trial, err error) {
	var rows []struct {
		Account                   Account
		Debit, Credit             money.Rial
		DebitBefore, CreditBefore money.Rial
	}
	err = tx.DB.Raw(`SELECT account, coalesce(sum(amount_rial) FILTER (WHERE amount_rial > 0), 0)::bigint AS debit,
	  coalesce(-sum(amount_rial) FILTER (WHERE amount_rial < 0), 0)::bigint AS credit,
	  coalesce(sum(amount_rial) FILTER (WHERE amount_rial > 0 AND NOT ours), 0)::bigint AS debit_before,
	  coalesce(-sum(amount_rial) FILTER (WHERE amount_rial < 0 AND NOT ours), 0)::bigint AS credit_before
	  FROM (SELECT account, amount_rial, source_kind = ? AND source_id = ? AS ours FROM ledger_postings
	    WHERE municipality_id <> 0 AND (? = 0 OR municipality_id = ?)) p
	  GROUP BY account ORDER BY account COLLATE "C"`, of.Kind, of.ID, municipality, municipality).Scan(&rows).Error
	if err != nil {
		return Trial{}, Trial{}, fmt.Errorf("trial balance: %w", err)
	}
	for _, r := range rows {
		if err := errors.Join(before.add(r.Account, r.DebitBefore, r.CreditBefore), after.add(r.Account, r.Debit, r.Credit)); err != nil {
			return Trial{}, Trial{}, err
		}
	}
	return before, after, errors.Join(before.Validate(), after.Validate())
}
