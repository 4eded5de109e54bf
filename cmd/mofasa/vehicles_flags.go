package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// reading turns a command's flags into values; the first fault stays.
type reading struct {
	cmd   *cobra.Command
	scope scope.Scope // names the vehicle
	err   error
}

func (in *reading) blame(field string, err error) {
	if in.err == nil && err != nil {
		in.err = fault.OnField(err, field)
	}
}

func (in *reading) text(flag string) string {
	value, err := in.cmd.Flags().GetString(flag)
	in.blame(flag, err)
	return strings.TrimSpace(value)
}

func (in *reading) number(flag string) int {
	value, err := in.cmd.Flags().GetInt(flag)
	in.blame(flag, err)
	return value
}

// day reads a Jalali day; an empty flag is the absent day.
func (in *reading) day(flag string) time.Time {
	text := in.text(flag)
	if text == "" {
		return time.Time{}
	}
	day, err := parseDay(identifiers.Fold(text))
	in.blame(flag, err)
	return day
}

// plate reads any writing of a plate; an empty flag is no plate.
func (in *reading) plate(flag string) identifiers.Plate {
	text := in.text(flag)
	if text == "" {
		return identifiers.Plate{}
	}
	plate, err := identifiers.ParsePlate(text)
	in.blame(flag, err)
	return plate
}

func (in *reading) vin(flag string) string {
	vin, err := identifiers.ParseVIN(in.text(flag))
	in.blame(flag, err)
	return vin.String()
}

func (in *reading) id(flag string) uuid.UUID {
	id, err := uuid.Parse(in.text(flag))
	if err != nil {
		in.blame(flag, fmt.Errorf("%s: not a UUID", flag))
	}
	return id
}

// onPlatform names the vehicle of --vin in the platform's scope.
func onPlatform(cmd *cobra.Command) *reading {
	in := &reading{cmd: cmd}
	in.scope = scope.Platform().NamingVIN(in.vin("vin"))
	return in
}

// history reads which history is meant; the registry refuses one that it does not know.
func (in *reading) history() vehicles.History { return vehicles.History(in.text("history")) }

var errOwnerLines = errors.New("owner-file: two lines are needed, the national or legal ID and the name")

// owner reads an ID, a name and, where there is one, a mobile number, on a line each, from the file that --owner-file names; - is standard input, where a person is asked for them.
func (in *reading) owner() vehicles.Owner {
	path := in.text("owner-file")
	if path == "" || in.err != nil {
		return vehicles.Owner{}
	}
	if path == "-" {
		return in.ownerFrom(in.cmd.InOrStdin())
	}
	file, err := os.Open(path)
	if err != nil {
		in.blame("owner-file", err)
		return vehicles.Owner{}
	}
	defer file.Close()
	return in.ownerFrom(file)
}

func (in *reading) ownerFrom(source io.Reader) vehicles.Owner {
	lines := bufio.NewScanner(source)
	ask := func(prompt string, needed bool) string {
		if atKeyboard(source) {
			fmt.Fprint(in.cmd.ErrOrStderr(), prompt)
		}
		if !lines.Scan() && needed {
			in.blame("owner-file", errors.Join(errOwnerLines, lines.Err()))
		}
		return strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
	}
	id, name, phone := ask("national or legal ID: ", true), ask("name: ", true), ask("mobile number, or nothing: ", false)
	if in.err != nil {
		return vehicles.Owner{}
	}
	owner := in.parseOwner(id, name)
	if phone == "" {
		return owner
	}
	number, err := identifiers.ParseMobile(phone)
	in.blame("owner_phone", err)
	return owner.WithPhone(number)
}

// parseOwner takes eleven digits for a legal ID and everything else for a national one.
func (in *reading) parseOwner(id, name string) vehicles.Owner {
	var owner vehicles.Owner
	var err error
	if len(strings.ReplaceAll(identifiers.Fold(id), "-", "")) == 11 {
		legal, wrong := identifiers.ParseLegalID(id)
		in.blame("owner_id", wrong)
		owner, err = vehicles.NewLegalPerson(legal, name)
	} else {
		national, wrong := identifiers.ParseNationalID(id)
		in.blame("owner_id", wrong)
		owner, err = vehicles.NewPerson(national, name)
	}
	in.blame("owner_name", err)
	return owner
}

func atKeyboard(source io.Reader) bool {
	file, ok := source.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// flagTexts are the explanations of flags that several commands have.
var flagTexts = map[string]string{
	"vin":        "the vehicle, by VIN",
	"day":        "first day of the new state, such as 1404/05/01",
	"plate":      "the new plate, in any writing",
	"gap":        "why a history says nothing about some days, where it would",
	"reason":     "why",
	"reference":  "number of the document",
	"history":    "plate, residence or owner",
	"from":       "first day",
	"to":         "first day on which it no longer holds; without it, it goes on",
	"owner-file": "file with two lines, national or legal ID and name, and a third one for a mobile number; - is standard input",
}

// flags declares text flags; a name that ends in ! must be given.
func flags(cmd *cobra.Command, names ...string) *cobra.Command {
	for _, name := range names {
		name, required := strings.CutSuffix(name, "!")
		cmd.Flags().String(name, "", flagTexts[name])
		if required {
			must(cmd, name)
		}
	}
	return cmd
}

// must makes a declared flag a required one.
func must(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is not declared
		}
	}
}
