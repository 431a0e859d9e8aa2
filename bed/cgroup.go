package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cgroupMounts returns the cgroup hierarchies of this machine and whether it has cgroup v2 only. With v1 there is one
// directory per controller, and a process joins each of them separately.
func cgroupMounts(mounts string) (dirs []string, v2 bool) {
	unified := ""
	for _, line := range strings.Split(mounts, "\n") {
		f := strings.Fields(line)
		if len(f) < 3 {
			continue
		}
		switch f[2] {
		case "cgroup":
			dirs = append(dirs, f[1])
		case "cgroup2":
			unified = f[1]
		}
	}
	if len(dirs) == 0 && unified != "" {
		return []string{unified}, true
	}
	return dirs, false
}

func hierarchies() ([]string, bool) {
	mounts, _ := os.ReadFile("/proc/self/mounts")
	return cgroupMounts(string(mounts))
}

// killHierarchy is the hierarchy through which the bed finds, freezes and kills processes.
func killHierarchy() (dir string, v2 bool) {
	dirs, v2 := hierarchies()
	for _, d := range dirs {
		if v2 || filepath.Base(d) == "freezer" {
			return d, v2
		}
	}
	return "", v2
}

// makeCgroup creates a cgroup (such as pgo-bed/node1/system) in every hierarchy.
func makeCgroup(name string) error {
	dirs, v2 := hierarchies()
	for _, root := range dirs {
		dir := root
		for _, part := range strings.Split(name, "/") {
			if v2 {
				// Children get only the controllers their parent hands down.
				have, _ := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
				for _, c := range strings.Fields(string(have)) {
					_ = os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+c), 0)
				}
			}
			parent := dir
			dir = filepath.Join(dir, part)
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return fmt.Errorf("cannot create the cgroup %s: %w", dir, err)
			}
			if v2 {
				continue
			}
			// A v1 cpuset starts empty, and nothing may join it before it has processors and memory.
			for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
				if value, err := os.ReadFile(filepath.Join(parent, file)); err == nil {
					if err := os.WriteFile(filepath.Join(dir, file), value, 0); err != nil {
						return fmt.Errorf("cannot set %s of the cgroup %s: %w", file, dir, err)
					}
				}
			}
		}
	}
	return nil
}

// joinFiles are the files a process writes itself into to join the cgroup.
func joinFiles(name string) []string {
	dirs, _ := hierarchies()
	for i, d := range dirs {
		dirs[i] = filepath.Join(d, name, "cgroup.procs")
	}
	return dirs
}

// cgroupPIDs returns the processes of a cgroup directory and everything below it.
func cgroupPIDs(dir string) []int {
	var pids []int
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil // cgroups come and go while we walk
		}
		data, _ := os.ReadFile(filepath.Join(path, "cgroup.procs"))
		for _, word := range strings.Fields(string(data)) {
			if pid, err := strconv.Atoi(word); err == nil && pid > 0 {
				pids = append(pids, pid)
			}
		}
		return nil
	})
	return pids
}

// freezeCgroup stops or continues every process in the cgroup directory of the kill hierarchy.
func freezeCgroup(dir string, frozen bool) error {
	_, v2 := killHierarchy()
	file, value, state := "freezer.state", "THAWED", "freezer.state"
	if frozen {
		value = "FROZEN"
	}
	if v2 {
		file, value, state = "cgroup.freeze", "0", "cgroup.events"
		if frozen {
			value = "1"
		}
	}
	if err := os.WriteFile(filepath.Join(dir, file), []byte(value), 0); err != nil {
		return err
	}
	return waitFor(5*time.Second, func() error {
		if got, err := os.ReadFile(filepath.Join(dir, state)); err != nil {
			return err
		} else if v2 && !strings.Contains(string(got), "frozen "+value) || !v2 && strings.TrimSpace(string(got)) != value {
			return fmt.Errorf("the kernel did not bring %s to %s within 5 s", dir, value)
		}
		return nil
	})
}

// isFrozen tells whether the cgroup itself was frozen (not merely a parent of it).
func isFrozen(dir string) bool {
	for file, value := range map[string]string{"freezer.self_freezing": "1", "cgroup.freeze": "1"} {
		if got, err := os.ReadFile(filepath.Join(dir, file)); err == nil && strings.TrimSpace(string(got)) == value {
			return true
		}
	}
	return false
}

// killCgroup kills every process below a cgroup directory at one instant: all are frozen first, so that no process
// sees another one die, and none forks away in between.
func killCgroup(dir string) error {
	if !exists(dir) {
		return nil
	}
	return waitFor(20*time.Second, func() error {
		pids := cgroupPIDs(dir)
		if len(pids) == 0 {
			return nil
		}
		_ = freezeCgroup(dir, true)
		for _, pid := range cgroupPIDs(dir) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		thawBelow(dir)
		return fmt.Errorf("%d processes in %s do not die: look at them with \"ps\"", len(pids), dir)
	})
}

// thawBelow thaws a cgroup and all below it: a process of cgroup v1 dies of SIGKILL only when nothing holds it frozen.
func thawBelow(dir string) {
	_, v2 := killHierarchy()
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			if v2 {
				_ = os.WriteFile(filepath.Join(path, "cgroup.freeze"), []byte("0"), 0)
			} else {
				_ = os.WriteFile(filepath.Join(path, "freezer.state"), []byte("THAWED"), 0)
			}
		}
		return nil
	})
}

// removeCgroup removes a cgroup and all below it from every hierarchy; the processes must be gone. On a machine with
// both versions runc makes cgroups of containers in the unified hierarchy, too, though the bed puts nothing there.
func removeCgroup(name string) error {
	dirs, _ := hierarchies()
	var errs []error
	for _, root := range append(dirs, "/sys/fs/cgroup/unified") {
		errs = append(errs, waitFor(5*time.Second, func() error { return removeCgroupDir(filepath.Join(root, name)) }))
	}
	return errors.Join(errs...)
}

func removeCgroupDir(dir string) error {
	var below []string
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			below = append(below, path)
		}
		return nil
	})
	slices.Reverse(below)
	var first error
	for _, d := range below {
		if err := syscall.Rmdir(d); err != nil && err != syscall.ENOENT && first == nil {
			first = fmt.Errorf("cannot remove the cgroup %s: %w", d, err)
		}
	}
	return first
}

// findCgroup finds the directory called name in the kill hierarchy of one node, or of all nodes below pgo-bed.
func findCgroup(below, name string) (string, bool) {
	root, _ := killHierarchy()
	found := ""
	_ = filepath.WalkDir(filepath.Join(root, below), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == name {
			found = path
			return fs.SkipAll
		}
		return nil
	})
	return found, found != ""
}
