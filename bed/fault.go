package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// The faults. Each changes only the bed's own namespaces, cgroups and processes.

// onNode runs a fault on a node of a running bed.
func (b *bed) onNode(name string, fault func(n node) error) error {
	n, err := findNode(name)
	if err != nil {
		return err
	}
	if err := b.needUp(); err != nil {
		return err
	}
	unlock, err := b.lock()
	if err != nil {
		return err
	}
	defer unlock()
	return fault(n)
}

// needUp returns an error unless the bed is up.
func (b *bed) needUp() error {
	if err := needRoot(); err != nil {
		return err
	}
	if o := owner(); o != "" && o != b.state {
		return fmt.Errorf("the bed on this machine keeps its state in %s: add --state %s", o, o)
	}
	if !exists(b.kubeconfig()) || !netnsExists(controlNetns) {
		return fmt.Errorf("no bed is up in %s: run \"bed up\"", b.state)
	}
	return nil
}

func (b *bed) killNode(name string) error { return b.onNode(name, b.stopNode) }

func (b *bed) cutNode(name string) error {
	return b.onNode(name, func(n node) error {
		if !netnsExists(n.netns()) {
			return fmt.Errorf("%s was killed and has no network to cut: bring it back with \"bed heal-node %s\"", name, name)
		}
		return plug(n, false)
	})
}

// healNode undoes what was done to a node, and waits until it is Ready and its pods run again.
func (b *bed) healNode(name string) error {
	c, err := b.client("driver")
	if err != nil {
		return err
	}
	var healed node
	var since time.Time
	before := map[string]bool{}
	err = b.onNode(name, func(n node) error {
		now := time.Now()
		if _, ok := b.pid(n.daemonName("holder")); !ok {
			before = runningContainers(podsOn(c, n))
		}
		amiss, err := b.mendNode(n)
		if amiss {
			since = now
		}
		healed = n
		return err
	})
	if err != nil {
		return err
	}
	if err := b.waitNode(c, healed, since); err != nil {
		return err
	}
	if len(before) == 0 {
		return nil
	}
	// For a moment the API server still shows the pods as they were before the node was lost.
	var late []string
	_ = waitFor(30*time.Second, func() error {
		if late = notRestarted(podsOn(c, healed), before); len(late) == 0 {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
		return errors.New("not all run")
	})
	if len(late) > 0 {
		say("%s is Ready, but these pods do not run again yet: %s", name, strings.Join(late, ", "))
	}
	return nil
}

// podsOn returns the pods of a node, or none when the API server does not answer.
func podsOn(c *kubernetes.Clientset, n node) []corev1.Pod {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	list, err := c.CoreV1().Pods("").List(ctx, metav1.ListOptions{FieldSelector: "spec.nodeName=" + n.name()})
	if err != nil {
		return nil
	}
	return list.Items
}

// runningContainers returns the IDs of the containers that run according to their pods.
func runningContainers(pods []corev1.Pod) map[string]bool {
	ids := map[string]bool{}
	for i := range pods {
		for _, s := range pods[i].Status.ContainerStatuses {
			if s.State.Running != nil {
				ids[s.ContainerID] = true
			}
		}
	}
	return ids
}

// notRestarted returns the pods that should run and do not, or that show a container of before.
func notRestarted(pods []corev1.Pod, before map[string]bool) []string {
	var late []string
	for i := range pods {
		p := &pods[i]
		if p.DeletionTimestamp != nil || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
			continue
		}
		for _, s := range p.Status.ContainerStatuses {
			if s.State.Running == nil || before[s.ContainerID] {
				late = append(late, p.Namespace+"/"+p.Name)
				break
			}
		}
	}
	return late
}

// freeze stops or continues a node, a pod given as NAMESPACE/NAME, or a program that the bed started.
func (b *bed) freeze(target string, frozen bool) error {
	if pid, ok := b.pid(target); ok {
		if frozen {
			return syscall.Kill(pid, syscall.SIGSTOP)
		}
		return syscall.Kill(pid, syscall.SIGCONT)
	}
	namespace, pod, isPod := strings.Cut(target, "/")
	if !isPod {
		return b.onNode(target, func(n node) error {
			root, _ := killHierarchy()
			dir := filepath.Join(root, n.cgroup())
			if !exists(dir) {
				return fmt.Errorf("%s was killed: bring it back with \"bed heal-node %s\"", target, target)
			}
			return freezeCgroup(dir, frozen)
		})
	}
	p, err := b.getPod(namespace, pod)
	if err != nil {
		return err
	}
	dir, ok := findCgroup(filepath.Join(cgroupName, p.Spec.NodeName), "pod"+string(p.UID))
	if !ok {
		return fmt.Errorf("the pod %s has no processes on %q: wait until it runs", target, p.Spec.NodeName)
	}
	return freezeCgroup(dir, frozen)
}

// getPod asks the API server, which goes on answering when the pod's node is lost.
func (b *bed) getPod(namespace, name string) (*corev1.Pod, error) {
	if err := b.needUp(); err != nil {
		return nil, err
	}
	c, err := b.client("driver")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	p, err := c.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("there is no pod %q in the namespace %q", name, namespace)
	}
	return p, err
}

// killContainer kills every process in a container at one instant, from the machine: nothing in it can prepare.
func (b *bed) killContainer(namespace, pod, container string) error {
	p, err := b.getPod(namespace, pod)
	if err != nil {
		return err
	}
	id, err := containerID(p, container)
	if err != nil {
		return err
	}
	dir, ok := findCgroup(filepath.Join(cgroupName, p.Spec.NodeName), id)
	if !ok || len(cgroupPIDs(dir)) == 0 {
		return fmt.Errorf("the container %q of the pod %s/%s has no processes: it is not running", container, namespace, pod)
	}
	if err := freezeCgroup(dir, true); err != nil {
		return err
	}
	for _, pid := range cgroupPIDs(dir) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	if err := freezeCgroup(dir, false); err != nil && exists(dir) {
		return err
	}
	return nil
}

// containerID returns the running container's ID, which is also the name of its cgroup.
func containerID(p *corev1.Pod, container string) (string, error) {
	var names []string
	for _, s := range slices.Concat(p.Status.ContainerStatuses, p.Status.InitContainerStatuses, p.Status.EphemeralContainerStatuses) {
		names = append(names, s.Name)
		if s.Name != container {
			continue
		}
		if s.State.Running == nil {
			return "", fmt.Errorf("the container %q of the pod %s/%s is not running", container, p.Namespace, p.Name)
		}
		_, id, _ := strings.Cut(s.ContainerID, "://")
		return id, nil
	}
	return "", fmt.Errorf("the pod %s/%s has no container %q: it has %s", p.Namespace, p.Name, container, strings.Join(names, ", "))
}
