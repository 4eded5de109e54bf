// Package audit records what happened: who, to what, for which purpose. A row is written on the transaction of the change, so it exists
// if and only if the change does; nothing is ever updated or deleted. A sealer chains the rows afterwards, off the path of whoever writes them.
package audit

// Record is one line of the audit log. Details hold ids, codes and amounts, never a plate, VIN, national ID, phone or token.
type Record struct {
	Action       string         // use case in the clerk's words, e.g. "inquiry.made"
	TargetKind   string         // a word of the design, e.g. "order"
	TargetID     string         // its id
	Purpose      string         // why personal data was looked at, where it was
	Details      map[string]any // small
	Municipality int            // the city that it is about, where whoever acts does not work for it; its auditor reads the record, too. 0: none
}
