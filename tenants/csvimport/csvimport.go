// Package csvimport loads a CSV file (RFC 4180, UTF-8, header first, one record a line) into the database in one transaction. Rows are checked
// and staged in a temporary table as they stream in, SQL checks them against each other and against what is stored, and what passed is merged.
// A refused row goes to the result file and the others are imported; a run that ends early has changed nothing, and a repeated one finds its rows
// unchanged.
package csvimport

import (
	"io"

	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// Input is one run.
type Input struct {
	File     io.Reader      // read once, or again from its start if it is an io.Seeker and PostgreSQL asks to repeat the transaction
	Result   io.Writer      // gets the result file just before the commit; nothing is written if no row is refused
	Progress func(Progress) // called every thousand rows and at each stage, from one goroutine at a time; may be nil
}

// Progress is how far a run is.
type Progress struct {
	Stage Stage
	Bytes int64 // read from the file
	Rows  int   // read, without the header
}

// Stage is what a run is busy with.
type Stage string

// The stages in order.
const (
	Reading Stage = "reading"
	Merging Stage = "merging"
)

// Report counts the data rows of a file: Read = Inserted + Changed + Unchanged + Refused. Blank lines are not counted.
type Report struct {
	Read      int
	Inserted  int // something new
	Changed   int // something known, with other facts
	Unchanged int
	Refused   int // named in the result file
}

// Load describes how one kind of file becomes rows.
type Load struct {
	Name     string   // in the audit log: Name + ".imported"
	Columns  []string // of the file; they may stand in any order, but all of them and no others
	Optional []string // that the file may have besides, numbered after Columns; the cells of an absent one are empty
	Table    string   // name of the staging table
	Staged   []string // its columns in the order of Parse's values, each "name type"; "line integer" is the first
	Begin    func(tx *scope.Tx) (Parse, error)
	Merge    func(tx *scope.Tx) (Merged, error)
	Faults   []*fault.Error // those that Merge refuses rows with
}

// Parse reads one row into values, whose first is already the line, and refuses what is wrong on r. It keeps neither of the two.
type Parse func(r *Record, values []any)

// Merged is what Merge did, in rows of the file, and what the audit log should say besides the counts.
type Merged struct {
	Inserted, Changed int
	Details           map[string]any
}

// What a whole file is refused with, before anything starts. Fields name the columns.
var (
	ErrEmpty  = fault.Define(fault.Invalid, "import_empty", "فایل خالی است و سطر عنوان ندارد.", "The file is empty: it has no header.")
	ErrHeader = fault.Define(fault.Invalid, "import_header", "سطر عنوان فایل با ستون‌های این نوع فایل نمی‌خواند.",
		"The header does not have the columns of this kind of file.")
)

var (
	errColumnMissing  = fault.Define(fault.Invalid, "import_column_missing", "این ستون در فایل نیست.", "This column is missing.")
	errColumnUnknown  = fault.Define(fault.Invalid, "import_column_unknown", "این ستون شناخته‌شده نیست.", "This column is unknown.")
	errColumnRepeated = fault.Define(fault.Invalid, "import_column_repeated", "این ستون بیش از یک بار آمده است.", "This column occurs more than once.")

	errCount    = fault.Define(fault.Invalid, "import_row_length", "شمار خانه‌های سطر با سطر عنوان یکی نیست.", "The row has more or fewer cells than the header.")
	errQuote    = fault.Define(fault.Invalid, "import_row_quotes", "گیومه‌های (\") سطر جفت نیست.", "A quotation mark in the row is misplaced or not closed.")
	errTooLong  = fault.Define(fault.Invalid, "import_row_too_long", "سطر بیش از اندازه بلند است.", "The row is too long.")
	errEncoding = fault.Define(fault.Invalid, "import_encoding", "متن این خانه UTF-8 نیست؛ فایل را با رمزگذاری UTF-8 ذخیره کنید.",
		"The cell is not UTF-8 text; save the file as UTF-8.")

	errRequired = fault.Define(fault.Invalid, "import_required", "این خانه نباید خالی باشد.", "The cell must not be empty.")
	errText     = fault.Define(fault.Invalid, "import_text", "متن این خانه بیش از اندازه بلند است یا نویسهٔ نامجاز دارد.", "The cell is too long or holds a control character.")
	errNumber   = fault.Define(fault.Invalid, "import_number", "در این خانه تنها رقم لاتین می‌آید.", "The cell must hold Latin digits only.")
	errRange    = fault.Define(fault.Invalid, "import_range", "عدد این خانه بیرون از بازهٔ پذیرفته است.", "The number is out of range.")
)

// ErrRepeated refuses every row of a key that the file states more than once: which of them is right is not ours to guess.
var ErrRepeated = fault.Define(fault.Invalid, "import_key_repeated", "این ردیف در فایل بیش از یک بار آمده است.", "The file states this row more than once.")
