package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"text/template"
	"time"
)

// run executes a command and returns what it printed; its error carries the command's own words.
func run(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		said := lastLine(errOut.String())
		if said == "" {
			said = err.Error()
		}
		return out.String(), fmt.Errorf("%s %s: %s", name, strings.Join(args, " "), said)
	}
	return out.String(), nil
}

// runAll executes commands given as lines of words, and stops at the first that fails.
func runAll(lines ...string) error {
	for _, line := range lines {
		words := strings.Fields(line)
		if _, err := run(words[0], words[1:]...); err != nil {
			return err
		}
	}
	return nil
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// finalError is one that waiting does not mend.
type finalError struct{ error }

// waitFor tries until the check passes, fails for good, or the time is over; then it returns the check's last error.
func waitFor(limit time.Duration, check func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := check()
		if err == nil || errors.As(err, &finalError{}) || time.Now().After(deadline) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// render fills a template; templates are constants of this program, so a failure is a programming error.
func render(text string, data any) []byte {
	var out bytes.Buffer
	if err := template.Must(template.New("").Option("missingkey=error").Parse(text)).Execute(&out, data); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// writeFile replaces a file as a whole, so that a crash leaves either the old or the new one.
func writeFile(path string, data []byte, mode os.FileMode) error {
	tmp := path + ".new"
	if err := os.WriteFile(tmp, data, mode); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// say reports progress; results go to standard output, progress to standard error.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
