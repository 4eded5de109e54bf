package main

import (
	"fmt"
	"io"
	"strings"
)

// playwrightReport reads what Playwright's JSON reporter (https://playwright.dev/docs/test-reporters#json-reporter) leaves in file. A journey counts as one test.
type playwrightReport struct {
	file string
	out  io.Writer
}

// playwrightSuite is a file of journeys, or a group within one.
type playwrightSuite struct {
	Suites []playwrightSuite
	Specs  []struct {
		Title, File string
		Tests       []struct {
			ProjectName string
			Status      string // expected, unexpected, flaky (failed at first), skipped
			Results     []struct{ Errors []playwrightError }
		}
	}
}

type playwrightError struct{ Message string }

// prepare removes the report of an earlier run, which must never be counted again.
func (p playwrightReport) prepare() error {
	return vitestReport{file: p.file}.prepare()
}

// read shows only what the report does not hold: what the runner says about itself.
func (p playwrightReport) read(stdout io.Reader) error {
	_, err := io.Copy(p.out, stdout)
	return err
}

func (p playwrightReport) result() (tally, error) {
	var report struct {
		Suites []playwrightSuite
		Errors []playwrightError // outside every journey, as in the ground
	}
	if err := readReport(p.file, &report); err != nil {
		return tally{}, err
	}
	var total tally
	for _, suite := range report.Suites {
		p.count(suite, &total)
	}
	for _, e := range report.Errors {
		total.failed++
		fmt.Fprintf(p.out, "FAIL\t%s\n", e.Message)
	}
	return total, nil
}

// count counts and shows a suite. A journey that passed only when it was repeated has failed.
func (p playwrightReport) count(suite playwrightSuite, total *tally) {
	for _, inner := range suite.Suites {
		p.count(inner, total)
	}
	for _, spec := range suite.Specs {
		for _, test := range spec.Tests {
			switch test.Status {
			case "expected":
				total.passed++
			case "skipped":
				total.skipped++
				fmt.Fprintf(p.out, "skip\t%s: %s\n", spec.File, spec.Title)
			default:
				total.failed++
				fmt.Fprintf(p.out, "FAIL\t%s: %s\n", spec.File, spec.Title)
				for _, result := range test.Results {
					p.explain(result.Errors)
				}
			}
		}
	}
}

func (p playwrightReport) explain(list []playwrightError) {
	for _, e := range list {
		fmt.Fprintln(p.out, strings.TrimSpace(e.Message))
	}
}
