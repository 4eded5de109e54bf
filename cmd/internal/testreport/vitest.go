package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// vitestReport reads what vitest's json reporter (https://vitest.dev/guide/reporters#json-reporter) leaves in file.
type vitestReport struct {
	file string
	out  io.Writer
}

// vitestFile is one test file in the report. A file that could not be loaded has a message and no tests.
type vitestFile struct {
	Name             string
	Status           string
	Message          string
	AssertionResults []struct {
		FullName        string
		Status          string // passed, failed; pending, skipped, todo and disabled did not run
		FailureMessages []string
	}
}

// prepare removes the report of an earlier run, which must never be counted again.
func (v vitestReport) prepare() error {
	if err := os.Remove(v.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove old report: %w", err)
	}
	return os.MkdirAll(filepath.Dir(v.file), 0o755)
}

func (v vitestReport) read(stdout io.Reader) error {
	_, err := io.Copy(v.out, stdout)
	return err
}

func (v vitestReport) result() (tally, error) {
	var report struct{ TestResults []vitestFile }
	if err := readReport(v.file, &report); err != nil {
		return tally{}, err
	}
	var total tally
	for _, file := range report.TestResults {
		total.add(v.count(file))
	}
	return total, nil
}

// count counts and shows one file.
func (v vitestReport) count(file vitestFile) tally {
	var counted tally
	for _, test := range file.AssertionResults {
		switch test.Status {
		case "passed":
			counted.passed++
		case "failed":
			counted.failed++
			fmt.Fprintf(v.out, "FAIL\t%s\n%s\n", test.FullName, strings.Join(test.FailureMessages, "\n"))
		default:
			counted.skipped++
			fmt.Fprintf(v.out, "skip\t%s\n", test.FullName)
		}
	}
	if file.Status == "failed" && counted.failed == 0 {
		counted.failed++
		fmt.Fprintln(v.out, file.Message)
	}
	verdict := "ok  "
	if counted.failed > 0 {
		verdict = "FAIL"
	}
	fmt.Fprintf(v.out, "%s\t%s\n", verdict, relative(file.Name))
	return counted
}

// relative shortens a path below the working folder.
func relative(path string) string {
	dir, err := os.Getwd()
	if err != nil {
		return path
	}
	return strings.TrimPrefix(path, dir+string(filepath.Separator))
}

// readReport reads what a runner has left behind.
func readReport(file string, report any) error {
	body, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("it left no report")
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, report); err != nil {
		return fmt.Errorf("its report: %w", err)
	}
	return nil
}
