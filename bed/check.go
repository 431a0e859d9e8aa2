package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// tools are the programs the bed starts, each with the Debian package that brings it.
var tools = map[string]string{
	"etcd": "etcd-server", "containerd": "containerd", "containerd-shim-runc-v2": "containerd", "ctr": "containerd",
	"runc": "runc", "docker-registry": "docker-registry", "catatonit": "catatonit", "iptables": "iptables",
	"ip": "iproute2", "conntrack": "conntrack", "mkfs.ext4": "e2fsprogs",
	"nsenter": "util-linux", "unshare": "util-linux", "losetup": "mount", "mount": "mount", "sysctl": "procps",
}

// cniDirs are where distributions put the CNI plugins.
var cniDirs = []string{"/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"}

func cniDir() (string, bool) {
	for _, d := range cniDirs {
		if exists(filepath.Join(d, "bridge")) && exists(filepath.Join(d, "host-local")) && exists(filepath.Join(d, "portmap")) {
			return d, true
		}
	}
	return "", false
}

const leastFreeDisk = 10 << 30

func needRoot() error {
	if os.Geteuid() != 0 {
		return errors.New("the bed makes namespaces and mounts: run it as root")
	}
	return nil
}

// missingPackages returns the Debian packages whose programs are not there.
func missingPackages(have func(program string) bool) []string {
	seen := map[string]bool{}
	var packages []string
	for program, pkg := range tools {
		if !have(program) && !seen[pkg] {
			seen[pkg] = true
			packages = append(packages, pkg)
		}
	}
	return packages
}

// preflight finds what would make "up" fail, before anything is changed.
func (b *bed) preflight() error {
	missing := missingPackages(func(p string) bool { _, err := exec.LookPath(p); return err == nil })
	if _, ok := cniDir(); !ok {
		missing = append(missing, "containernetworking-plugins")
	}
	if len(missing) > 0 {
		return fmt.Errorf("programs are missing: apt-get install %s", strings.Join(missing, " "))
	}
	if dir, v2 := killHierarchy(); dir == "" {
		return errors.New("no cgroup hierarchy with a freezer is mounted: mount cgroup v2, or cgroup v1 with its freezer, at /sys/fs/cgroup")
	} else if syscall.Access(dir, 2) != nil {
		return fmt.Errorf("%s is read-only (cgroup v2: %v): run the bed where it may make cgroups", dir, v2)
	}
	if o := owner(); o != "" && o != b.state {
		return fmt.Errorf("another bed is running on this machine: stop it first with \"bed down --state %s\"", o)
	} else if o == "" && linkExists(hostLink) {
		return fmt.Errorf("a network link %s exists and is not the bed's: rename or remove it", hostLink)
	}
	routes, err := run("ip", "-4", "route", "show", "table", "all")
	if err != nil {
		return err
	}
	if line, ok := overlapping(routes); ok {
		return fmt.Errorf("the machine's route %q overlaps the bed's networks %s, %s or %s: remove it", line, bedSubnet, podSubnet, svcSubnet)
	}
	if entries, err := os.ReadDir(b.state); err == nil && len(entries) > 0 && !exists(b.path(markerFile)) {
		return fmt.Errorf("the state directory %s holds other files: choose another with --state", b.state)
	}
	if err := os.MkdirAll(b.state, 0o755); err != nil {
		return fmt.Errorf("cannot make the state directory: %w", err)
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(b.state, &fs); err == nil && int64(fs.Bavail)*fs.Bsize < leastFreeDisk {
		return fmt.Errorf("%s has %d MiB of free disk, the bed wants %d MiB: free some, or choose another place with --state",
			b.state, int64(fs.Bavail)*fs.Bsize>>20, int64(leastFreeDisk)>>20)
	}
	return writeFile(b.path(markerFile), nil, 0o644)
}
