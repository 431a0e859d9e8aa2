package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Versions of what the bed builds; the cache keeps one binary for each.
const (
	kubeVersion    = "v1.35.4"
	coreDNSVersion = "v1.12.4"
)

// Names and addresses. They are fixed, uncommon, and begin with "pgo" wherever the machine can see them, so that
// "down" knows what is the bed's own even when the state directory is gone. One machine runs one bed.
const (
	hostLink     = "pgo0"        // the host's leg on the bed's bridge
	hostIP       = "10.213.0.1"  // the host, as pods and nodes see it
	controlNetns = "pgo-control" // control plane, DNS, registry, and the bridge itself
	controlIP    = "10.213.0.2"
	bedSubnet    = "10.213.0.0/24"
	podSubnet    = "10.214.0.0/16"
	svcSubnet    = "10.96.0.0/16"
	apiClusterIP = "10.96.0.1"
	dnsClusterIP = "10.96.0.10"
	apiURL       = "https://" + controlIP + ":6443"
	registryAddr = controlIP + ":5000"
	bridgeName   = "br0"
	cgroupName   = "pgo-bed"
	pauseImage   = "bed.local/pause:1"
)

// nodeNames are the workers, in the order of their numbers.
var nodeNames = []string{"node1", "node2", "node3"}

// node is one worker: everything about it follows from its number (1, 2, 3).
type node struct {
	number int
}

func allNodes() []node {
	nodes := make([]node, len(nodeNames))
	for i := range nodes {
		nodes[i] = node{number: i + 1}
	}
	return nodes
}

// findNode turns an argument into a node, or says which names there are.
func findNode(name string) (node, error) {
	for i, n := range nodeNames {
		if n == name {
			return node{number: i + 1}, nil
		}
	}
	return node{}, fmt.Errorf("there is no node %q: the nodes are %s", name, strings.Join(nodeNames, ", "))
}

func (n node) name() string    { return nodeNames[n.number-1] }
func (n node) netns() string   { return "pgo-" + n.name() }
func (n node) ip() string      { return fmt.Sprintf("10.213.0.%d", 10+n.number) }
func (n node) podCIDR() string { return fmt.Sprintf("10.214.%d.0/24", n.number) }
func (n node) zone() string    { return fmt.Sprintf("zone%d", n.number) }
func (n node) cgroup() string  { return cgroupName + "/" + n.name() }

// mac is fixed, as on real hardware: a node that comes back must not wait for its neighbours' ARP entries to age.
func (n node) mac() string { return fmt.Sprintf("02:50:67:6f:00:%02x", 10+n.number) }

// bed is where one test bed keeps its things.
type bed struct {
	state string // everything that "down" removes
	cache string // builds and pushed images; survives "down"
}

// newBed checks the two directories and fills in their defaults.
func newBed(state string) (*bed, error) {
	if state == "" {
		state = os.Getenv("PGO_BED_STATE")
	}
	if state == "" {
		state = "/var/lib/pgo-bed"
	}
	state, err := filepath.Abs(state)
	if err != nil {
		return nil, fmt.Errorf("the state directory cannot be used: %w", err)
	}
	if strings.Count(state, "/") < 2 {
		return nil, fmt.Errorf("the state directory %s is a top-level directory, and \"down\" would delete it: choose one below, such as /var/lib/pgo-bed", state)
	}
	if strings.ContainsAny(state, " \t\n\\\"'") {
		return nil, fmt.Errorf("the state directory %q has a space, quote or backslash in its name: choose a plain name", state)
	}
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, errors.New("neither XDG_CACHE_HOME nor HOME is set: set one, builds are kept there")
		}
		cache = filepath.Join(home, ".cache")
	}
	return &bed{state: state, cache: filepath.Join(cache, "pgo")}, nil
}

func (b *bed) path(elem ...string) string {
	return filepath.Join(append([]string{b.state}, elem...)...)
}

func (b *bed) kubeconfig() string { return b.path("kubeconfig") }
func (b *bed) auditLog() string   { return b.path("logs", "audit.log") }
func (b *bed) registry() string   { return filepath.Join(b.cache, "registry") }

// markerFile tells a state directory of ours from any other: "down" deletes no directory without it.
const markerFile = "this-is-a-pgo-bed"

// nodeMounts are the directories of a node that Kubernetes, containerd and CNI expect at fixed places. Each node sees
// its own under these names, in its own mount namespace: three kubelets would otherwise share sockets and checkpoints.
var nodeMounts = []string{
	"/var/lib/kubelet",
	"/var/lib/containerd",
	"/var/lib/cni",
	"/var/log/pods",
	"/var/log/containers",
	"/run/containerd",
}

// volatileMounts are those a reboot of a real machine empties.
var volatileMounts = []string{"/run/containerd"}

// nodeDir is where the node's private copy of one of nodeMounts is kept on the machine.
func (b *bed) nodeDir(n node, mount string) string {
	return b.path("nodes", n.name(), strings.ReplaceAll(strings.Trim(mount, "/"), "/", "-"))
}
