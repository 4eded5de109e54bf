package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"mofasa/api/apitest"
)

// terminal is a pseudo-terminal: what is typed on one side is read on the other (pts(4)).
func terminal(t *testing.T) (typed, keyboard *os.File) {
	t.Helper()
	typed, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = typed.Close() })
	var locked, number int32
	for request, value := range map[uintptr]*int32{syscall.TIOCSPTLCK: &locked, syscall.TIOCGPTN: &number} {
		if _, _, failed := syscall.Syscall(syscall.SYS_IOCTL, typed.Fd(), request, uintptr(unsafe.Pointer(value))); failed != 0 {
			t.Fatal(failed)
		}
	}
	keyboard, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keyboard.Close() })
	return typed, keyboard
}

// TestActAsAtAKeyboard types: the code is asked for where there is a second factor alone, a wrong line is asked for again after a pause that grows, and after
// three tries the command ends.
func TestActAsAtAKeyboard(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	ctx, _, recovery := c.withFactor(apitest.CityEditor)
	const password, code = "password: \n", "code of the second factor: \n"
	wrong := func(what string) bool {
		return strings.HasPrefix(what, "code: The code is wrong") || strings.HasPrefix(what, "The user name or the password is wrong")
	}
	for name, x := range map[string]struct {
		user    string
		types   []string
		asked   string
		refused bool
		least   time.Duration
	}{
		"no second factor":     {apitest.ForeignEditor, []string{apitest.Password}, password, false, 0},
		"a code":               {apitest.CityEditor, []string{apitest.Password, recovery[0]}, password + code, false, 0},
		"a wrong code first":   {apitest.CityEditor, []string{apitest.Password, "123456", recovery[1]}, password + code + code, false, firstPause},
		"a wrong password too": {apitest.CityEditor, []string{"wrong", apitest.Password, "1", recovery[2]}, password + password + code + code, false, 3 * firstPause},
		"wrong to the end":     {apitest.CityEditor, []string{apitest.Password, "1", "2", "3"}, password + code + code + code, true, 7 * firstPause},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			typed, keyboard := terminal(t)
			if _, err := typed.WriteString(strings.Join(x.types, "\n") + "\n"); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			out, said, err := c.enters(ctx, keyboard, "--user", x.user)
			if x.refused {
				wantRefusal(t, name, out, err, "code: The code is wrong")
			} else if want := x.user + `, "a keyboard"`; out != want || err != nil {
				t.Errorf("%q, %v", out, err)
			}
			if took := time.Since(began); took < x.least {
				t.Errorf("it took %s, want %s", took, x.least)
			}
			var asked strings.Builder
			for lines := bufio.NewScanner(strings.NewReader(said)); lines.Scan(); {
				if !wrong(lines.Text()) {
					asked.WriteString(lines.Text() + "\n")
				}
			}
			if asked.String() != x.asked {
				t.Errorf("it asked %q, want %q", asked.String(), x.asked)
			}
		})
	}
}
