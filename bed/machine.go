package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// machineState is what the machine had before the bed, to be put back by "down".
type machineState struct {
	Sysctls map[string]string `json:"sysctls"` // those a kubelet sets
	Made    []string          `json:"made"`    // files and directories the bed made outside its own, in order
	Loops   []int             `json:"loops"`   // its loop devices
}

// kubeletSysctls are the kernel settings a kubelet changes when it starts.
var kubeletSysctls = []string{"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
	"kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes"}

// rememberMachine writes down the machine's state, once, and makes the places where nodes mount their own directories.
func (b *bed) rememberMachine() error {
	path := b.path("machine.json")
	if exists(path) {
		return makeMountPoints()
	}
	m := machineState{Sysctls: map[string]string{}}
	for _, s := range kubeletSysctls {
		if value, err := os.ReadFile("/proc/sys/" + s); err == nil {
			m.Sysctls[s] = strings.TrimSpace(string(value))
		}
	}
	for n := range loopDevices() {
		m.Loops = append(m.Loops, n)
	}
	for _, p := range []string{"/run/netns", "/run/xtables.lock"} {
		if !exists(p) {
			m.Made = append(m.Made, p)
		}
	}
	for _, dir := range nodeMounts {
		var missing []string
		for d := dir; !exists(d); d = filepath.Dir(d) {
			missing = append([]string{d}, missing...)
		}
		m.Made = append(m.Made, missing...)
	}
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := writeFile(path, data, 0o644); err != nil {
		return err
	}
	return makeMountPoints()
}

func makeMountPoints() error {
	for _, dir := range nodeMounts {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// restoreMachine puts back what rememberMachine wrote down.
func (b *bed) restoreMachine() error {
	data, err := os.ReadFile(b.path("machine.json"))
	if err != nil {
		return releaseLoops(b.state, nil)
	}
	var m machineState
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	var errs []error
	for s, value := range m.Sysctls {
		errs = append(errs, os.WriteFile("/proc/sys/"+s, []byte(value), 0))
	}
	before := map[int]bool{}
	for _, n := range m.Loops {
		before[n] = true
	}
	errs = append(errs, releaseLoops(b.state, before))
	for i := len(m.Made) - 1; i >= 0; i-- {
		p := m.Made[i]
		if p == "/run/netns" {
			if left, _ := os.ReadDir(p); len(left) > 0 {
				continue // somebody else has namespaces by now
			}
			_ = syscall.Unmount(p, 0)
		}
		// Only empty directories go: what others put there meanwhile is theirs.
		if err := os.Remove(p); err != nil && !os.IsNotExist(err) && !errors.Is(err, syscall.ENOTEMPTY) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
