package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// up brings the bed from any state to a running one: what runs stays, what is missing is started.
func (b *bed) up() error {
	begin := time.Now()
	started, err := b.startAll()
	if err != nil {
		return err
	}
	c, err := b.client("driver")
	if err != nil {
		return err
	}
	nodes := allNodes()
	errs := make([]error, len(nodes)+1)
	var wg sync.WaitGroup
	for i, n := range nodes {
		wg.Go(func() { errs[i] = b.waitNode(c, n, time.Time{}) })
	}
	wg.Go(func() { errs[len(nodes)] = b.waitServices(c) })
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if started {
		say("the bed is up after %.1f s", time.Since(begin).Seconds())
	} else {
		say("the bed was already up")
	}
	fmt.Printf("export KUBECONFIG=%s\nregistry: %s (plain http)\nkubectl: %s\n", b.kubeconfig(), registryAddr, b.path("bin", "kubectl"))
	return nil
}

// startAll starts every program of the bed; it tells whether any was not running. Nodes that "kill-node" took away
// come back too, and cut or frozen ones are mended: "up" means that all is well.
func (b *bed) startAll() (bool, error) {
	if err := needRoot(); err != nil {
		return false, err
	}
	unlock, err := b.lock()
	if err != nil {
		return false, err
	}
	defer unlock()
	if err := b.preflight(); err != nil {
		return false, err
	}
	if err := b.ensureBuilt(); err != nil {
		return false, err
	}
	for _, dir := range []string{"run", "conf", "logs"} {
		if err := os.MkdirAll(b.path(dir), 0o755); err != nil {
			return false, err
		}
	}
	for _, step := range []func() error{b.rememberMachine, b.makeKeys, b.writeSharedFiles, b.writePauseImage, b.installSelf, b.shareVolumes} {
		if err := step(); err != nil {
			return false, err
		}
	}
	daemons, err := b.controlDaemons()
	if err != nil {
		return false, err
	}
	if !linkExists(hostLink) || !netnsExists(controlNetns) {
		// Programs of an earlier network would go on in a namespace nobody reaches.
		if err := b.killEverything(); err != nil {
			return false, err
		}
	}
	if err := b.makeControlNet(); err != nil {
		return false, err
	}

	// The nodes boot while the API server starts: their kubelets try until it answers.
	nodes := allNodes()
	errs := make([]error, len(nodes))
	var wg sync.WaitGroup
	startedNode := make([]bool, len(nodes))
	for i, n := range nodes {
		wg.Go(func() { startedNode[i], errs[i] = b.mendNode(n) })
	}
	started := false
	startSome := func(list []daemon) error {
		for _, d := range list {
			did, err := b.start(d)
			if err != nil {
				return err
			}
			started = started || did
		}
		return nil
	}
	err = func() error {
		// etcd and the API server first: the others give up soon when it does not answer.
		if err := startSome(daemons[:2]); err != nil {
			return err
		}
		c, err := b.client("driver")
		if err != nil {
			return err
		}
		if err := b.waitAPI(c); err != nil {
			return err
		}
		if err := startSome(daemons[2:]); err != nil {
			return err
		}
		return createObjects(c)
	}()
	wg.Wait()
	for _, s := range startedNode {
		started = started || s
	}
	return started, errors.Join(append(errs, err)...)
}

// mendNode makes a node whole: thawed, connected, and all its programs running. It tells whether anything was amiss.
func (b *bed) mendNode(n node) (bool, error) {
	amiss := false
	root, _ := killHierarchy()
	if dir := root + "/" + n.cgroup(); isFrozen(dir) {
		amiss = true
		if err := freezeCgroup(dir, false); err != nil {
			return amiss, err
		}
	}
	for _, d := range []string{"holder", "containerd", "kubelet", "proxy"} {
		if _, ok := b.pid(n.daemonName(d)); !ok {
			amiss = true
		}
	}
	if err := b.bootNode(n); err != nil {
		return amiss, err
	}
	if !plugged(n) {
		amiss = true
		if err := plug(n, true); err != nil {
			return amiss, err
		}
	}
	return amiss, nil
}

// killEverything kills every process of the bed.
func (b *bed) killEverything() error {
	root, _ := killHierarchy()
	return killCgroup(root + "/" + cgroupName)
}

// down removes everything "up" made except builds and pushed images. It works on whatever it finds: after a crash,
// a half-finished "up", with nodes killed, cut off or frozen, or with the state directory gone.
func (b *bed) down(purge bool) error {
	if err := needRoot(); err != nil {
		return err
	}
	if o := owner(); o != "" && o != b.state {
		return fmt.Errorf("the bed on this machine keeps its state in %s: run \"bed down --state %s\"", o, o)
	}
	// A running bed vouches for its directory even when half of that was deleted.
	ours := exists(b.path(markerFile)) || owner() == b.state
	if entries, err := os.ReadDir(b.state); err == nil && len(entries) > 0 && !ours {
		return fmt.Errorf("%s is not the state directory of a bed and is left alone: give the right one with --state", b.state)
	}
	unlock, err := b.lock()
	if err != nil {
		return err
	}
	defer unlock()
	errs := []error{b.killEverything(), unmountBelow(b.state)}
	removeNetwork()
	errs = append(errs, b.restoreMachine(), removeCgroup(cgroupName))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("not all could be removed; run \"bed down\" again: %w", err)
	}
	if purge {
		errs = append(errs, os.RemoveAll(b.registry()))
	}
	if ours {
		errs = append(errs, b.removeState())
	}
	errs = append(errs, os.Remove(b.state+".lock"))
	return errors.Join(errs...)
}

// removeState removes the state directory, and what marks it as ours last: a "down" that is interrupted can be repeated.
func (b *bed) removeState() error {
	entries, err := os.ReadDir(b.state)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	for _, entry := range entries {
		if entry.Name() == markerFile {
			continue
		}
		if err := os.RemoveAll(b.path(entry.Name())); err != nil {
			return err
		}
	}
	return os.RemoveAll(b.state)
}
