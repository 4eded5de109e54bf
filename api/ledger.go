package api

import (
	"context"
	"time"

	"mofasa/api/gen"
	"mofasa/billing/calendar"
	"mofasa/billing/ledger"
	"mofasa/tenants/scope"
)

// statementPage is how many lines a page of a statement has where nobody says.
const statementPage = 100

// GetTrialBalance sums the caller's own books, up to the end of a day.
func (s *server) GetTrialBalance(ctx context.Context, r gen.GetTrialBalanceRequestObject) (gen.GetTrialBalanceResponseObject, error) {
	var in reading
	before := in.morningAfter("on", r.Params.On)
	if in.err != nil {
		return nil, in.err
	}
	own := scopeOf(ctx)
	trial, head, err := s.Ledger.TrialBalance(ctx, own, before)
	if err != nil {
		return nil, err
	}
	debit, credit, err := trial.Sum()
	if err != nil {
		return nil, err
	}
	answer := gen.GetTrialBalance200JSONResponse{Books: booksView(own), Before: moment(before), Accounts: []gen.AccountBalance{}, DebitRial: int64(debit), CreditRial: int64(credit)}
	if head.Sequence > 0 {
		answer.Head = optional(head.String())
	}
	for _, t := range trial.Accounts {
		kind, _ := t.Account.Kind(ledger.BooksOf(own.MunicipalityID()))
		answer.Accounts = append(answer.Accounts, gen.AccountBalance{Account: string(t.Account), Name: gen.Text{Fa: kind.NameFA, En: kind.NameEN}, Detail: optional(kind.Detail(t.Account)),
			NormalSide: gen.AccountBalanceNormalSide(kind.Side), DebitRial: int64(t.Debit), CreditRial: int64(t.Credit), BalanceRial: int64(t.Balance)})
	}
	return answer, nil
}

// GetAccountStatement lists what moved on one account of the caller's own books.
func (s *server) GetAccountStatement(ctx context.Context, r gen.GetAccountStatementRequestObject) (gen.GetAccountStatementResponseObject, error) {
	var in reading
	q := ledger.Query{Account: ledger.Account(r.Params.Account), Limit: statementPage, From: in.morning("from", r.Params.From), To: in.morning("to", r.Params.To)}
	if r.Params.Limit != nil {
		q.Limit = *r.Params.Limit
	}
	if r.Params.After != nil {
		key, err := ledger.ParseKey(*r.Params.After)
		in.blame("after", err)
		q.After = &key
	}
	if in.err != nil {
		return nil, in.err
	}
	page, err := s.Ledger.Statement(ctx, scopeOf(ctx), q)
	if err != nil {
		return nil, err
	}
	answer := gen.GetAccountStatement200JSONResponse{Account: r.Params.Account, OpeningRial: int64(page.Opening), ClosingRial: int64(page.Closing), Lines: []gen.StatementLine{}}
	for _, l := range page.Lines {
		answer.Lines = append(answer.Lines, gen.StatementLine{At: l.At.UTC(), EntryId: l.EntryID, Kind: l.Kind, SourceKind: l.SourceKind, SourceId: l.SourceID, Bill: somebody(l.BillID),
			OfficeId: somebody(l.OfficeID), AmountRial: int64(l.Amount), BalanceRial: int64(l.Balance)})
	}
	if page.More {
		answer.Next = optional(page.Lines[len(page.Lines)-1].Key.String())
	}
	return answer, nil
}

func booksView(own scope.Scope) gen.Books {
	city := own.MunicipalityID()
	books := gen.Books{Of: gen.BooksOf(ledger.BooksOf(city))}
	if city != ledger.Platform {
		books.MunicipalityCode = &city
	}
	return books
}

// morning is when a Jalali day begins in Tehran; an absent day is the absent instant.
func (in *reading) morning(field string, text *string) time.Time {
	if day := in.date(field, text); day != (calendar.Date{}) {
		return day.Time()
	}
	return time.Time{}
}

// morningAfter is when a Jalali day ends in Tehran; an absent day is the absent instant.
func (in *reading) morningAfter(field string, text *string) time.Time {
	if day := in.date(field, text); day != (calendar.Date{}) {
		return day.AddDays(1).Time()
	}
	return time.Time{}
}
