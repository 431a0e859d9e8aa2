package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// status prints what runs, and fails when something of the bed does not.
func (b *bed) status() error {
	if err := b.needUp(); err != nil {
		return err
	}
	control, err := b.controlDaemons()
	if err != nil {
		return err
	}
	var missing []string
	line := func(names ...string) string {
		var words []string
		for _, name := range names {
			if pid, ok := b.pid(name); ok {
				words = append(words, fmt.Sprintf("%s(%d)", name, pid))
			} else {
				words = append(words, name+"(-)")
				missing = append(missing, name)
			}
		}
		return strings.Join(words, " ")
	}
	var names []string
	for _, d := range control {
		names = append(names, d.name)
	}
	fmt.Println("control:", line(names...))

	ready := map[string]bool{}
	if c, err := b.client("driver"); err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		if list, err := c.CoreV1().Nodes().List(ctx, metav1.ListOptions{}); err == nil {
			for i := range list.Items {
				ready[list.Items[i].Name] = nodeReady(&list.Items[i])
			}
		}
	}
	root, _ := killHierarchy()
	for _, n := range allNodes() {
		var words []string
		if ready[n.name()] {
			words = append(words, "Ready")
		} else {
			words = append(words, "NotReady")
			missing = append(missing, n.name()+" Ready")
		}
		if !netnsExists(n.netns()) {
			words = append(words, "killed")
		} else if !plugged(n) {
			words = append(words, "cut off")
		}
		if isFrozen(root + "/" + n.cgroup()) {
			words = append(words, "frozen")
		}
		fmt.Printf("%s: %s %s\n", n.name(), strings.Join(words, ", "),
			line(n.daemonName("containerd"), n.daemonName("kubelet"), n.daemonName("proxy")))
	}
	fmt.Printf("KUBECONFIG: %s\nregistry: %s\naudit log: %s\nlogs: %s\n", b.kubeconfig(), registryAddr, b.auditLog(), b.path("logs"))
	if len(missing) > 0 {
		return errors.New("not running: " + strings.Join(missing, ", ") + "; \"bed up\" mends it")
	}
	return nil
}
