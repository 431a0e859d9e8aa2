package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// mountPoints returns the mount points in a /proc/PID/mountinfo, oldest first.
func mountPoints(mountinfo string) []string {
	// The kernel writes blanks and backslashes as octal.
	plain := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
	var points []string
	for _, line := range strings.Split(mountinfo, "\n") {
		if f := strings.Fields(line); len(f) > 4 {
			points = append(points, plain.Replace(f[4]))
		}
	}
	return points
}

func currentMounts() []string {
	data, _ := os.ReadFile("/proc/self/mountinfo")
	return mountPoints(string(data))
}

func isMounted(path string) bool { return slices.Contains(currentMounts(), path) }

// shareVolumes makes the directory of volumes a mount of its own that passes new mounts on to the nodes.
func (b *bed) shareVolumes() error {
	dir := b.path("volumes")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if isMounted(dir) {
		return nil
	}
	return runAll("mount --bind "+dir+" "+dir, "mount --make-shared "+dir)
}

// unmountBelow unmounts everything at or below a directory, the newest first.
func unmountBelow(dir string) error {
	points := currentMounts()
	slices.Reverse(points)
	var errs []error
	for _, p := range points {
		if p != dir && !strings.HasPrefix(p, dir+"/") {
			continue
		}
		if err := syscall.Unmount(p, 0); err != nil {
			if err := syscall.Unmount(p, syscall.MNT_DETACH); err != nil {
				errs = append(errs, fmt.Errorf("cannot unmount %s: %w", p, err))
			}
		}
	}
	return errors.Join(errs...)
}

// loopDevices returns the machine's loop devices, each with the file it shows, or "".
func loopDevices() map[int]string {
	dirs, _ := filepath.Glob("/sys/block/loop*")
	loops := map[int]string{}
	for _, d := range dirs {
		n, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(d), "loop"))
		if err != nil {
			continue
		}
		file, _ := os.ReadFile(filepath.Join(d, "loop", "backing_file"))
		loops[n] = strings.TrimSuffix(strings.TrimSpace(string(file)), " (deleted)")
	}
	return loops
}

// releaseLoops detaches the loop devices of files below a directory, and removes devices the machine did not have
// before the bed made it create them.
func releaseLoops(dir string, before map[int]bool) error {
	var errs []error
	for n, file := range loopDevices() {
		if strings.HasPrefix(file, dir+"/") {
			if _, err := run("losetup", "-d", fmt.Sprintf("/dev/loop%d", n)); err != nil {
				errs = append(errs, err)
			}
		}
	}
	if len(before) == 0 {
		return errors.Join(errs...)
	}
	// The last mount of a dead container ends a moment after its last process, and the device with it.
	_ = waitFor(5*time.Second, func() error {
		for _, file := range loopDevices() {
			if strings.HasPrefix(file, dir+"/") {
				return errors.New("busy")
			}
		}
		return nil
	})
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	defer control.Close()
	const loopCtlRemove = 0x4C81
	for n, file := range loopDevices() {
		if file == "" && !before[n] {
			// One that somebody else took meanwhile is busy, and stays.
			_, _, _ = syscall.Syscall(syscall.SYS_IOCTL, control.Fd(), loopCtlRemove, uintptr(n))
		}
	}
	return errors.Join(errs...)
}
