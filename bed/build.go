package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// Kubernetes and CoreDNS are built once from their Go modules, and kept outside the checkout.

func (b *bed) bin(name string) string { return filepath.Join(b.cache, "bin", name) }

func (b *bed) coreDNSBinary() string { return b.bin("coredns-" + coreDNSVersion) }

// kubeBinary is named after the version and the sources of ../bed/kube, so that a change there is built anew.
func (b *bed) kubeBinary() (string, error) {
	dir, err := kubeSource()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, f := range []string{"main.go", "go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil {
			return "", fmt.Errorf("cannot read the sources of the Kubernetes build: %w", err)
		}
		sum.Write(data)
	}
	return b.bin(fmt.Sprintf("kube-%s-%x", kubeVersion, sum.Sum(nil)[:4])), nil
}

// kubeSource finds bed/kube: beside the source this program was built from, or where PGO_BED_SOURCE says.
func kubeSource() (string, error) {
	dir := os.Getenv("PGO_BED_SOURCE")
	if dir == "" {
		_, file, _, _ := runtime.Caller(0)
		dir = filepath.Dir(file)
	}
	dir = filepath.Join(dir, "kube")
	if !exists(filepath.Join(dir, "go.mod")) {
		return "", fmt.Errorf("the sources of the Kubernetes build are not in %s: set PGO_BED_SOURCE to the \"bed\" folder of the checkout", dir)
	}
	return dir, nil
}

// ensureBuilt builds what the cache lacks.
func (b *bed) ensureBuilt() error {
	if err := os.MkdirAll(b.bin(""), 0o755); err != nil {
		return fmt.Errorf("cannot make the cache directory: %w", err)
	}
	kube, err := b.kubeBinary()
	if err != nil {
		return err
	}
	if !exists(kube) {
		src, err := kubeSource()
		if err != nil {
			return err
		}
		v := "-X k8s.io/component-base/version."
		ldflags := "-s -w " + v + "gitVersion=" + kubeVersion + " " + v + "gitMajor=1 " + v + "gitMinor=35"
		err = build("Kubernetes "+kubeVersion, "5 minutes on two cores", kube, src, func(tmp string) ([]string, string) {
			return []string{"build", "-ldflags", ldflags, "-o", filepath.Join(tmp, "kube"), "."}, "kube"
		})
		if err != nil {
			return err
		}
	}
	if !exists(b.coreDNSBinary()) {
		return build("CoreDNS "+coreDNSVersion, "2 minutes on two cores", b.coreDNSBinary(), "/", func(string) ([]string, string) {
			return []string{"install", "-ldflags", "-s -w", "github.com/coredns/coredns@" + coreDNSVersion}, "coredns"
		})
	}
	return nil
}

// build runs the go tool beside the target and moves the result into place when it is whole.
func build(what, usual, target, dir string, args func(tmp string) (args []string, result string)) error {
	goTool, err := exec.LookPath("go")
	if err != nil {
		return errors.New("there is no \"go\" in PATH: install Go 1.25 or newer, the bed builds Kubernetes with it")
	}
	tmp, err := os.MkdirTemp(filepath.Dir(target), "build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	goArgs, result := args(tmp)
	say("building %s (once; about %s)", what, usual)
	cmd := exec.Command("nice", append([]string{goTool}, goArgs...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOBIN="+tmp, "GOWORK=off")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	tick := time.NewTicker(15 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			say("  still building %s: %s", what, time.Since(begin).Round(time.Second))
		case err := <-done:
			if err != nil {
				os.Stderr.Write(out.Bytes())
				return fmt.Errorf("the build of %s failed: %s", what, lastLine(out.String()))
			}
			say("  built %s in %s", what, time.Since(begin).Round(time.Second))
			return os.Rename(filepath.Join(tmp, result), target)
		}
	}
}
