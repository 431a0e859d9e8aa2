package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// daemon is one long-running program of the bed. There is no service manager on the machines this is for, so the
// driver starts each in a session of its own, with a log and a pid file; a later "up" starts what has died.
type daemon struct {
	name   string   // also of its log and pid file
	cgroup string   // below pgo-bed
	netns  string   // name of its network namespace; empty: the machine's own
	holder string   // daemon whose mount namespace it shares; empty: the machine's own
	argv   []string // the program and its arguments
	env    []string // added to a minimal environment
}

// startTime is the moment a process began, in clock ticks since boot. A pid alone may be somebody else's by now.
func startTime(pid int) (string, bool) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", false
	}
	return parseStartTime(string(data))
}

// parseStartTime reads field 22 of /proc/PID/stat; the second field may hold spaces and brackets. A zombie counts as gone.
func parseStartTime(stat string) (string, bool) {
	i := strings.LastIndexByte(stat, ')')
	if i < 0 {
		return "", false
	}
	f := strings.Fields(stat[i+1:])
	if len(f) < 20 || f[0] == "Z" || f[0] == "X" {
		return "", false
	}
	return f[19], true
}

func (b *bed) pidFile(name string) string { return b.path("run", name+".pid") }
func (b *bed) logFile(name string) string { return b.path("logs", name+".log") }

// pid returns the process of a daemon if it still is the one that was started.
func (b *bed) pid(name string) (int, bool) {
	data, err := os.ReadFile(b.pidFile(name))
	if err != nil {
		return 0, false
	}
	f := strings.Fields(string(data))
	if len(f) != 2 {
		return 0, false
	}
	pid, err := strconv.Atoi(f[0])
	if err != nil {
		return 0, false
	}
	started, ok := startTime(pid)
	return pid, ok && started == f[1]
}

// start starts the daemon unless it runs, and tells whether it did. One that was frozen goes on.
func (b *bed) start(d daemon) (bool, error) {
	if pid, ok := b.pid(d.name); ok {
		return false, syscall.Kill(pid, syscall.SIGCONT)
	}
	argv := d.argv
	if d.holder != "" || d.netns != "" {
		enter := []string{"nsenter"}
		if d.holder != "" {
			pid, ok := b.pid(d.holder)
			if !ok {
				return false, fmt.Errorf("cannot start %s: %s is not running", d.name, d.holder)
			}
			enter = append(enter, fmt.Sprintf("--mount=/proc/%d/ns/mnt", pid))
		}
		if d.netns != "" {
			enter = append(enter, "--net=/run/netns/"+d.netns)
		}
		argv = append(append(enter, "--"), argv...)
	}
	if err := makeCgroup(cgroupName + "/" + d.cgroup); err != nil {
		return false, err
	}
	for _, dir := range []string{"logs", "run"} {
		if err := os.MkdirAll(b.path(dir), 0o755); err != nil {
			return false, err
		}
	}
	logFile, err := os.OpenFile(b.logFile(d.name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return false, err
	}
	defer logFile.Close()

	// The shell joins the cgroups before the program exists: nothing it forks can stay outside. The pid stays the same
	// through each exec.
	var script strings.Builder
	for _, f := range joinFiles(cgroupName + "/" + d.cgroup) {
		fmt.Fprintf(&script, "echo 0 > %s || exit 1\n", f)
	}
	script.WriteString(`exec "$@"`)
	cmd := exec.Command("sh", append([]string{"-c", script.String(), d.name}, argv...)...)
	cmd.Dir = "/"
	cmd.Env = append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + b.state}, d.env...)
	cmd.Stdout, cmd.Stderr = logFile, logFile
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return false, fmt.Errorf("cannot start %s: %w", d.name, err)
	}
	go func() { _ = cmd.Wait() }() // so that one that dies at once is seen as gone, not as a zombie
	started, ok := startTime(cmd.Process.Pid)
	if !ok {
		return false, b.diedError(d.name)
	}
	return true, writeFile(b.pidFile(d.name), []byte(fmt.Sprintf("%d %s\n", cmd.Process.Pid, started)), 0o644)
}

// diedError explains the end of a daemon by the last line of its log.
func (b *bed) diedError(name string) error {
	said := "it said nothing"
	if data, err := os.ReadFile(b.logFile(name)); err == nil && len(data) > 0 {
		said = "its last words: " + lastLine(string(data[max(0, len(data)-4096):]))
	}
	return finalError{fmt.Errorf("%s is not running; %s (log: %s)", name, said, b.logFile(name))}
}

// checkAlive returns an error for the first daemon that is not running.
func (b *bed) checkAlive(names ...string) error {
	for _, name := range names {
		if _, ok := b.pid(name); !ok {
			return b.diedError(name)
		}
	}
	return nil
}

// lock keeps two drivers from changing the bed at the same time. The lock ends with the process that holds it.
func (b *bed) lock() (func(), error) {
	if err := os.MkdirAll(filepath.Dir(b.state), 0o755); err != nil {
		return nil, err
	}
	path := b.state + ".lock"
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot open the lock file %s: %w", path, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		say("another bed command is working; waiting for it")
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, fmt.Errorf("cannot lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}
